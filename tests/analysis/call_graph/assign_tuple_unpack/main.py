def load():
    return 1


def save():
    return 2


def run():
    a, b = load, save
    return a()


def walk():
    a, b = load, save
    return b()


run()
walk()
