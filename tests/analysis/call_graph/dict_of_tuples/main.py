def load(size):
    return size


def save(size):
    return size


TABLE = {"load": (load, 1), "save": (save, 2)}


def run(name):
    handler, size = TABLE[name]
    return handler(size)


run("load")
run("save")
