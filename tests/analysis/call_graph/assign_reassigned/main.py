def load():
    return 1


def save():
    return 2


def run():
    step = load
    step = save
    return step()


run()
