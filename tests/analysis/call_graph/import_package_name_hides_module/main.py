from shop import load


def run():
    return load()


run()
