import functools
import sqlite3

conn = sqlite3.connect(":memory:")


def whole(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        with conn:
            return function(*args, **kwargs)

    return inner


@whole
def replace(key):
    return wipe(key)


def wipe(key):
    return key


replace(1)
