def load():
    return 1


def run():
    a = b = load
    a()


def walk():
    a = b = load
    b()


run()
walk()
