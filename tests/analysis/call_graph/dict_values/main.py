def load():
    return 1


def save():
    return 2


HANDLERS = {"load": load, "save": save}


def run():
    for handler in HANDLERS.values():
        handler()


def walk():
    for name, handler in HANDLERS.items():
        print(name, handler())


run()
walk()
