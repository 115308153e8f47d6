from functools import cached_property


def connect():
    return 1


class Service:
    @cached_property
    def connection(self):
        return connect()


def main():
    return Service().connection


main()
