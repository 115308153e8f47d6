def load():
    return 1


def save():
    return 2


def run():
    steps = []
    steps.append(load)
    steps.append(save)
    for step in steps:
        step()


run()
