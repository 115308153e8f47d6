HANDLERS = {}


def handles(name):
    def register(fn):
        HANDLERS[name] = fn
        return fn

    return register


@handles("load")
def load():
    return 1


@handles("save")
def save():
    return 2


def direct():
    return load()


def dispatch(name):
    return HANDLERS[name]()


direct()
dispatch("load")
dispatch("save")
