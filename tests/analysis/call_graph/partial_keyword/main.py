import functools


def load(size, name):
    return size, name


fetch = functools.partial(load, name="x")


def run():
    return fetch(3)


run()
