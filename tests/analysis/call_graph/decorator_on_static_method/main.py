import functools


def logged(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        return fn(*args)

    return wrapper


class Service:
    @staticmethod
    @logged
    def key():
        return 1

    @classmethod
    @logged
    def create(cls):
        return cls.key()


def main():
    return Service.create()


main()
