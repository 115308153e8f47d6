from functools import partial


def load(size):
    return size


def make():
    return partial(load, 3)


def run():
    return make()()


run()
