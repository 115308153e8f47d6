def registered(cls):
    cls.known = True
    return cls


@registered
class Service:
    def __init__(self):
        self.rows = []

    def run(self):
        return 1


def main():
    return Service().run()


main()
