class Cursor:
    def fetch(self):
        return []


class Connection:
    def cursor(self):
        return Cursor()


def main():
    connection = Connection()
    cursor = connection.cursor()
    return cursor.fetch()


main()
