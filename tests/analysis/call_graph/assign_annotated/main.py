from collections.abc import Callable


def load():
    return 1


step: Callable[[], int] = load


def run():
    mine: Callable[[], int] = step
    return mine()


run()
