class Connection:
    def __init__(self):
        self.rows = []

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return self.close()

    def close(self):
        return None

    def execute(self):
        return self.rows


def main():
    with Connection() as connection:
        return connection.execute()


main()
