from table import HANDLERS


def run(name):
    return HANDLERS[name]()


run("load")
run("save")
