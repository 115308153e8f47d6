class Service:
    class Options:
        def __init__(self):
            self.size = 1

        def check(self):
            return self.size

    def run(self):
        return self.Options().check()


def main():
    Service.Options().check()
    return Service().run()


main()
