class Store:
    def find(self):
        return 1


class Service:
    store: Store

    def run(self):
        return self.store.find()


service = Service()
service.store = Store()
service.run()
