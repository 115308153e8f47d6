def load():
    return 1


def save():
    return 2


STEPS = [load, save]


def first():
    return STEPS[0]()


def last():
    return STEPS[-1]()


def run():
    for step in STEPS:
        step()


def numbered():
    for _number, step in enumerate(STEPS):
        step()


first()
last()
run()
numbered()
