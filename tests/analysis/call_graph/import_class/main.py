import store
from store import Store


def run():
    Store.key()
    return Store().find()


def walk():
    return store.Store().find()


run()
walk()
