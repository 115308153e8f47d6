from functools import partial


def load(size):
    return size


def apply(step):
    return step()


def run():
    return apply(partial(load, 3))


run()
