class Loader:
    def run(self):
        return 1


class Saver:
    def stop(self):
        return 2


def main():
    worker = Loader()
    worker.run()
    worker = Saver()
    return worker.stop()


main()
