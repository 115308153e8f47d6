class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


def make(name):
    if name == "load":
        return Loader()
    return Saver()


def main(name):
    return make(name).run()


main("load")
main("save")
