def key():
    return "k"


def load(value):
    return value


def show(value):
    return value


def run():
    return show(load(key()))


run()
