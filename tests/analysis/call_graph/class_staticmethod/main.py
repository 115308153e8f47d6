class Service:
    @staticmethod
    def key(value):
        return value

    def run(self):
        return self.key(1)


def main():
    Service.key(1)


def other():
    service = Service()
    service.key(2)
    service.run()


main()
other()
