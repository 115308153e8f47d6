class Store:
    def find(self):
        return 1


class Service:
    @property
    def store(self):
        return Store()

    def run(self):
        return self.store.find()


Service().run()
