def load():
    return 1


def save():
    return 2


def run():
    names = [load, save]
    return len(names)


run()
