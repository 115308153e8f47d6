class Base:
    @classmethod
    def create(cls):
        return cls()


class Service(Base):
    def __init__(self):
        self.rows = []

    def run(self):
        return 1


def main():
    return Service.create().run()


main()
