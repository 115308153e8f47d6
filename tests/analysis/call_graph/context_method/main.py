from contextlib import contextmanager


class Engine:
    @contextmanager
    def begin(self):
        self.check()
        yield self

    def check(self):
        return 1

    def execute(self):
        return 2


engine = Engine()


def main():
    with engine.begin() as connection:
        return connection.execute()


main()
