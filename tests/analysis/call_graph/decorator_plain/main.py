def logged(fn):
    def wrapper(*args):
        return fn(*args)

    return wrapper


@logged
def load():
    return 1


def run():
    return load()


run()
