def load():
    return 1


def save():
    return 2


def run():
    (lambda: load())()
    return (lambda step: step())(save)


run()
