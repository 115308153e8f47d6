def load():
    return 1


def save():
    return 2


class Runner:
    def __init__(self, last):
        self.last = last

    def go(self, step):
        step()
        return self.last()


def main():
    return Runner(save).go(load)


main()
