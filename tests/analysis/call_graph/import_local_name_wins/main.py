from store import load


def load():
    return 2


def run():
    return load()


run()
