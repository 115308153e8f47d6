from tools import logged


@logged
def load():
    return 1
