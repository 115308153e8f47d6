def load():
    return 1


def save():
    return 2


def run_all(steps):
    for step in steps:
        step()


run_all([load, save])
