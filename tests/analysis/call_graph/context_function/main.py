from contextlib import contextmanager


def begin():
    return 1


def commit():
    return 2


@contextmanager
def transaction():
    begin()
    yield
    commit()


def work():
    return 3


def main():
    with transaction():
        work()


main()
