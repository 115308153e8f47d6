def load():
    return 1


def apply(*, step=None):
    return step() if step else None


def run():
    return apply(step=load)


run()
