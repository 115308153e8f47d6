class Store:
    def find(self):
        return 1


def use(store):
    return store.find()


def provide(callback):
    return callback(Store())


provide(use)
