from functools import partial


class Service:
    def __init__(self, size):
        self.size = size

    def run(self):
        return self.size


make = partial(Service, 3)


def main():
    return make().run()


main()
