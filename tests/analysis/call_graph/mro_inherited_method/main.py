class Base:
    def run(self):
        return 1


class Service(Base):
    def go(self):
        return self.run()


def main():
    service = Service()
    service.go()
    return service.run()


main()
