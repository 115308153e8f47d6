class Loader:
    def __init__(self):
        self.rows = []

    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


WORKERS = {"load": Loader, "save": Saver}


def main(name):
    return WORKERS[name]().run()


main("load")
main("save")
