def limit():
    return 3


def load(*, size):
    return size


def run():
    return load(size=limit())


run()
