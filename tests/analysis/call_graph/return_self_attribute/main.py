class Store:
    def find(self):
        return 1


class Service:
    def __init__(self):
        self._store = Store()

    def store(self):
        return self._store


def main():
    return Service().store().find()


main()
