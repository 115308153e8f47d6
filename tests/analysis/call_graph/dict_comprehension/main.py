def load():
    return 1


def save():
    return 2


HANDLERS = {fn.__name__: fn for fn in (load, save)}


def run(name):
    return HANDLERS[name]()


run("load")
run("save")
