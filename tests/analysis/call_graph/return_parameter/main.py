class Store:
    def find(self):
        return 1


def same(value):
    return value


def load():
    return 2


def main():
    same(Store()).find()
    return same(load)()


main()
