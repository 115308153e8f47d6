class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


WORKERS = [Loader(), Saver()]


def main():
    for worker in WORKERS:
        worker.run()


def first():
    return WORKERS[0].run()


main()
first()
