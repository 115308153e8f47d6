class Store:
    def find(self):
        return 1


class Base:
    def __init__(self):
        self.store = Store()


class Service(Base):
    def run(self):
        return self.store.find()


Service().run()
