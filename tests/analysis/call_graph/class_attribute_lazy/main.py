class Store:
    def __init__(self):
        self.rows = []

    def find(self):
        return self.rows


class Service:
    def __init__(self):
        self._store = None

    def store(self):
        if self._store is None:
            self._store = Store()
        return self._store

    def run(self):
        return self.store().find()


Service().run()
