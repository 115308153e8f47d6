from store import fetch


def run():
    return fetch()


run()
