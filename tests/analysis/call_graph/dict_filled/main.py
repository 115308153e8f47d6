def load():
    return 1


def save():
    return 2


def drop():
    return 3


HANDLERS = {}
HANDLERS["load"] = load
HANDLERS["save"] = save
HANDLERS.update({"drop": drop})


def run(name):
    return HANDLERS[name]()


run("load")
run("save")
run("drop")
