def load():
    return 1


def outer(**options):
    return inner(**options)


def inner(step=None):
    return step()


outer(step=load)
