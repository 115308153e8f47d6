class Service:
    @property
    def size(self):
        return self.compute()

    def compute(self):
        return 1

    def run(self):
        return self.size


def main():
    service = Service()
    service.run()
    return service.size + 1


main()
