from typing import Any


def anything() -> Any:
    return Store()


class Store:
    def find(self):
        return 1


class Service:
    def __init__(self):
        self.store: Store = anything()

    def run(self):
        return self.store.find()


Service().run()
