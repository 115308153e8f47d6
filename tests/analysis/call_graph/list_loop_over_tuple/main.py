def load():
    return 1


def save():
    return 2


def run():
    for step in (load, save):
        step()
    for name, step in [("load", load)]:
        print(name, step())


run()
