from contextlib import contextmanager


class Connection:
    def execute(self):
        return 1


@contextmanager
def connect():
    connection = Connection()
    yield connection


def main():
    with connect() as connection:
        return connection.execute()


main()
