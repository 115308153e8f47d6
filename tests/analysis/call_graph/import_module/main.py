import store

store.load()


def run():
    return store.load()


run()
