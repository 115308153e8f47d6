class Cursor:
    def fetch(self):
        return []


class Connection:
    def __enter__(self):
        return Cursor()

    def __exit__(self, *details):
        return None


class Lock:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        return None

    def renew(self):
        return 1


def main():
    with Lock() as lock, Connection() as cursor:
        lock.renew()
        return cursor.fetch()


main()
