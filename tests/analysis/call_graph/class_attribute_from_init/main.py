class Store:
    def find(self):
        return 1


class Service:
    def __init__(self):
        self.store = Store()

    def run(self):
        return self.store.find()


Service().run()
