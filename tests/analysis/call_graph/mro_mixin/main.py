class Store:
    def find(self):
        return 1


class Finder:
    def look(self):
        return self.find()


class Service(Finder, Store):
    pass


Service().look()
