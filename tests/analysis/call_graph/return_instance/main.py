class Service:
    def run(self):
        return 1


def make():
    return Service()


def main():
    service = make()
    return service.run()


main()
