def load():
    return 1


def save():
    return 2


HANDLERS = {"load": lambda: load(), "save": lambda: save()}


def run(name):
    return HANDLERS[name]()


run("load")
run("save")
