def load():
    return 1


def run():
    step = lambda: load()
    return step()


run()
