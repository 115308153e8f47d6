def load():
    return 1


def run():
    step = load
    return step()


run()
