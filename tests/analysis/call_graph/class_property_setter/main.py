class Service:
    def __init__(self):
        self._size = 1

    @property
    def size(self):
        return self.compute()

    @size.setter
    def size(self, value):
        self._size = self.check(value)

    def compute(self):
        return self._size

    def check(self, value):
        return value


def main():
    service = Service()
    service.size = service.size + 1


main()
