def load():
    return 1


def save():
    return 2


def run(name):
    table = {"load": load, "save": save}
    handler = table[name]
    return handler()


run("load")
run("save")
