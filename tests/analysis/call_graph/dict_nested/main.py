def load():
    return 1


def save():
    return 2


TABLE = {"rows": {"load": load, "save": save}}


def run(kind, name):
    return TABLE[kind][name]()


run("rows", "load")
run("rows", "save")
