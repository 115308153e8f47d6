class Store:
    def find(self):
        return 1


def outer():
    store = Store()

    def inner():
        return store.find()

    return inner()


outer()
