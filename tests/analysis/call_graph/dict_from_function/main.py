def load():
    return 1


def save():
    return 2


def table():
    return {"load": load, "save": save}


def run(name):
    return table()[name]()


run("load")
run("save")
