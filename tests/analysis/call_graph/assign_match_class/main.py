class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


def go(worker):
    match worker:
        case Loader():
            return worker.run()
        case _:
            return None


go(Loader())
go(None)
