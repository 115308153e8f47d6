class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


def go(worker):
    if isinstance(worker, Loader):
        return worker.run()
    return None


go(Loader())
go(None)
