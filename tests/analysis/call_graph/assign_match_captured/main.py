class Loader:
    def run(self):
        return 1


class Saver:
    def stop(self):
        return 2


def go(worker):
    match worker:
        case Loader() as loader:
            return loader.run()
        case Saver() as saver:
            return saver.stop()


go(Loader())
go(Saver())
