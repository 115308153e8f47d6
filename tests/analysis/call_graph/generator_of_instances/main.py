class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


def workers():
    yield Loader()
    yield Saver()


def main():
    for worker in workers():
        worker.run()
    return next(workers()).run()


main()
