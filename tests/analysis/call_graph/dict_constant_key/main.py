def load():
    return 1


def save():
    return 2


HANDLERS = {"load": load, "save": save}


def run():
    return HANDLERS["load"]()


def walk():
    table = dict(load=load, save=save)
    return table["save"]()


run()
walk()
