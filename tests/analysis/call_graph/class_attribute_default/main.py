from typing import Optional


class Store:
    def find(self):
        return 1


class Service:
    def __init__(self, store: Optional[Store] = None):
        self.store = store or Store()

    def run(self):
        return self.store.find()


Service().run()
Service(Store()).run()
