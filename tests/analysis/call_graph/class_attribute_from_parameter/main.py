class Store:
    def find(self):
        return 1


class Service:
    def __init__(self, store: Store):
        self.store = store

    def run(self):
        return self.store.find()


Service(Store()).run()
