class Base:
    def __init__(self):
        self.rows = []


class Middle(Base):
    pass


class Service(Middle):
    def run(self):
        return self.rows


def main():
    return Service().run()


main()
