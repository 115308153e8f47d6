from typing import Protocol


class Runner(Protocol):
    def run(self) -> int: ...


class Service:
    def run(self) -> int:
        return 1


def go(runner: Runner):
    return runner.run()


def main():
    return go(Service())


main()
