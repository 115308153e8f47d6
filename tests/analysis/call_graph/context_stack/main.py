from contextlib import ExitStack, contextmanager


class Connection:
    def execute(self):
        return 1


@contextmanager
def connect():
    yield Connection()


def main():
    with ExitStack() as stack:
        connection = stack.enter_context(connect())
        return connection.execute()


main()
