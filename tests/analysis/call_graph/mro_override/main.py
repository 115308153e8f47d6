class Base:
    def run(self):
        return 1


class Service(Base):
    def run(self):
        return 2


def main():
    return Service().run()


main()
