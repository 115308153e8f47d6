class Store:
    def find(self):
        return 1


class Other:
    def find(self):
        return 2


class Service:
    def __init__(self, store):
        self.store = store

    def run(self):
        return self.store.find()


Service(Store()).run()
