from collections import UserDict


class Store(UserDict):
    def load(self):
        self.update({})
        return self.check()

    def check(self):
        return 1


def main():
    store = Store()
    store.keys()
    return store.load()


main()
