def load():
    return 1


def save():
    return 2


def run(flag):
    if flag:
        step = load
    else:
        step = save
    return step()


run(True)
run(False)
