class Store:
    def find(self):
        return 1


def load():
    return 2


def make():
    return Store(), load


def main():
    store, step = make()
    store.find()
    return step()


def second():
    return make()[1]()


main()
second()
