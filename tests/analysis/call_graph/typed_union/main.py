from typing import Union


class Loader:
    def run(self):
        return 1


class Saver:
    def run(self):
        return 2


def go(worker: Loader | Saver):
    return worker.run()


def walk(worker: Union[Loader, Saver, None]):
    return worker.run()


go(Loader())
go(Saver())
walk(Loader())
walk(Saver())
