class Service:
    def run(self):
        return 1


def load():
    return 1


def pick():
    return Service()


def main():
    if step := load:
        step()
    if (service := pick()) is not None:
        service.run()


main()
