def load():
    return 1


def save():
    return 2


def apply(step):
    return step()


apply(load)
apply(save)
