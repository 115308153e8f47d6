def load():
    return 1


def spare():
    return 2


def run(load):
    return load()


run(spare)
