from functools import partial


def load(size, name):
    return size, name


def run():
    step = partial(load, 3)
    return step("x")


run()
