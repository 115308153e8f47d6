def load():
    return 1


fetch = lambda: load()


def run():
    return fetch()


run()
