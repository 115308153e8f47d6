class Table:
    def rows(self):
        return []


class Store:
    def __init__(self):
        self.table = Table()


class Service:
    def __init__(self):
        self.store = Store()


def main():
    service = Service()
    return service.store.table.rows()


main()
