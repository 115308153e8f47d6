def load():
    return 1


def save():
    return 2


def run(flag):
    step = load
    if flag:
        step = save
    return step()


run(True)
run(False)
