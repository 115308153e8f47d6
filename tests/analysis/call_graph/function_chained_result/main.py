def inner():
    return 1


def outer():
    return inner


def run():
    return outer()()


run()
