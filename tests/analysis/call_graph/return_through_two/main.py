class Service:
    def run(self):
        return 1


def build():
    return Service()


def make():
    service = build()
    return service


def main():
    return make().run()


main()
