def logged(fn):
    def wrapper():
        return fn()

    return wrapper


def load():
    return 1


def run():
    step = logged(load)
    return step()


run()
