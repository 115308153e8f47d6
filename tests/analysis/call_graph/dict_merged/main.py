def load():
    return 1


def save():
    return 2


BASE = {"load": load}
ALL = {**BASE, "save": save}


def run(name):
    return ALL[name]()


run("load")
run("save")
