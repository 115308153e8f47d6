import functools


def retry(times):
    def decorate(fn):
        @functools.wraps(fn)
        def wrapper(*args):
            for _ in range(times):
                result = fn(*args)
            return result

        return wrapper

    return decorate


@retry(2)
def load():
    return 1


def run():
    return load()


run()
