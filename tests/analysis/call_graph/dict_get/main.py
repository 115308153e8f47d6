def load():
    return 1


def save():
    return 2


def unknown():
    return 3


HANDLERS = {"load": load, "save": save}


def run(name):
    handler = HANDLERS.get(name)
    if handler is not None:
        return handler()
    return None


def walk(name):
    return HANDLERS.get(name, unknown)()


run("load")
run("save")
walk("load")
walk("save")
walk("x")
