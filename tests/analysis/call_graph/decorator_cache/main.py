from functools import cache, lru_cache


def connect():
    return 1


@cache
def load():
    return connect()


@lru_cache(maxsize=3)
def fetch(key):
    return load()


def run():
    return fetch(1)


run()
