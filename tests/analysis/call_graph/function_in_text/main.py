def name():
    return "n"


def index():
    return 0


def stop():
    return 2


def parts():
    return [1, 2]


def run():
    values = [*parts()]
    return f"{name()!r:>{stop()}}", values[index()], values[: stop()]


run()
