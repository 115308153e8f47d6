def load():
    return 1


def save():
    return 2


def pick(flag):
    if flag:
        return load
    return save


def run(flag):
    return pick(flag)()


run(True)
run(False)
