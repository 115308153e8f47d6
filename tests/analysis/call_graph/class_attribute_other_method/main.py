class Store:
    def find(self):
        return 1


class Service:
    def connect(self):
        self.store = Store()

    def run(self):
        return self.store.find()


service = Service()
service.connect()
service.run()
