class Loader:
    def __init__(self):
        self.rows = []

    def run(self):
        return 1


def pick():
    return Loader


def main():
    worker_class = pick()
    return worker_class().run()


main()
