class Store:
    def find(self):
        return 1


def make_store():
    return Store()


class Service:
    def __init__(self):
        self.store = make_store()

    def run(self):
        return self.store.find()


Service().run()
