def load():
    return 1


def save():
    return 2


def run(flag):
    step = load if flag else save
    step()
    return (save if flag else load)()


run(True)
run(False)
