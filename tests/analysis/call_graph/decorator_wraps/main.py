import functools


def note():
    return 1


def logged(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        note()
        return fn(*args, **kwargs)

    return wrapper


@logged
def load():
    return 1


@logged
def save():
    return 2


def run():
    load()
    save()


run()
