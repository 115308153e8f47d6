from functools import partial


def load(size, name):
    return size, name


def run():
    first = partial(load, 3)
    return partial(first, "x")()


run()
