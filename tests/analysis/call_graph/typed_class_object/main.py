class Service:
    def __init__(self):
        self.rows = []

    @classmethod
    def create(cls):
        return 1


def go(kind: type[Service]):
    kind.create()
    return kind()


go(Service)
