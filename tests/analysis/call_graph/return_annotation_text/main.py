import pickle
from typing import Optional


def make() -> "Service":
    return pickle.loads(pickle.dumps(Service()))


def find() -> "Optional[Service]":
    return pickle.loads(pickle.dumps(Service()))


class Service:
    def run(self):
        return 1

    def stop(self):
        return 2


def main():
    make().run()
    service = find()
    if service is None:
        return None
    return service.stop()


main()
