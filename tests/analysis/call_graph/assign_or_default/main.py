def load():
    return 1


def save():
    return 2


def run(given=None):
    step = given or load
    return step()


run()
run(save)
