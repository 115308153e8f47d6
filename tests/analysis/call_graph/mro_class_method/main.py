class Service:
    def __init__(self):
        self.rows = []

    @classmethod
    def create(cls):
        service = cls()
        service.open()
        cls.register()
        return service

    @classmethod
    def register(cls):
        return 1

    def open(self):
        return 2


def main():
    return Service.create().open()


main()
