def load():
    return 1


def save():
    return 2


STEPS = (load, save)


def run():
    return [step() for step in STEPS]


def some():
    return all(step() for step in STEPS if step)


run()
some()
