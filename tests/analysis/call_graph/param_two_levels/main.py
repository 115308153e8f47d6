def load():
    return 1


def outer(step):
    return inner(step)


def inner(fn):
    return fn()


outer(load)
