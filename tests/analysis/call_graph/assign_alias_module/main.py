def load():
    return 1


fetch = load


def run():
    return fetch()


run()
