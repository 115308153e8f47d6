class Service:
    def run(self):
        return apply(self.step)

    def step(self):
        return 1


def apply(fn):
    return fn()


def main():
    service = Service()
    service.run()
    return apply(service.step)


main()
