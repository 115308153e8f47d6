class Store:
    def find(self):
        return 1


class Service:
    store = Store()

    def run(self):
        return self.store.find()

    @classmethod
    def check(cls):
        return cls.store.find()


Service().run()
Service.check()
Service.store.find()
