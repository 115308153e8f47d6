from shop import fetch


def run():
    return fetch()


run()
