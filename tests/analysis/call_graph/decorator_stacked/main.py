import functools


def outer(fn):
    @functools.wraps(fn)
    def outer_wrapper():
        return fn()

    return outer_wrapper


def inner(fn):
    @functools.wraps(fn)
    def inner_wrapper():
        return fn()

    return inner_wrapper


@outer
@inner
def load():
    return 1


def run():
    return load()


run()
