def load():
    return 1


def apply(step):
    return step()


def run():
    return apply(load)


run()
