from typing import TypeVar


class Service:
    def run(self):
        return 1


S = TypeVar("S", bound=Service)


def go(service: S) -> S:
    service.run()
    return service


def main():
    return go(Service()).run()


main()
