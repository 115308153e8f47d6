def load():
    return 1


def make(step):
    def inner():
        return step()

    return inner


def run():
    return make(load)()


run()
