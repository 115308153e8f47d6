from functools import wraps


def logged(fn):
    @wraps(fn)
    def wrapper():
        return fn()

    return wrapper
