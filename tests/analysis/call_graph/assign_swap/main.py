def load():
    return 1


def save():
    return 2


def run():
    a, b = load, save
    a, b = b, a
    return a()


run()
