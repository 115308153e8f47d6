class Table:
    def rows(self):
        return []


class Store:
    table: Table

    def __init__(self, table: Table):
        self.table = table


class Request:
    store: Store

    def __init__(self, store: Store):
        self.store = store


def go(request: Request):
    return request.store.table.rows()


go(Request(Store(Table())))
