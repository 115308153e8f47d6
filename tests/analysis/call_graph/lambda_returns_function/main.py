def load():
    return 1


def run():
    pick = lambda: load
    return pick()()


run()
