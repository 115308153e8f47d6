class Service:
    _instance = None

    def __init__(self):
        self.rows = []

    @classmethod
    def instance(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

    def run(self):
        return 1


def main():
    return Service.instance().run()


main()
