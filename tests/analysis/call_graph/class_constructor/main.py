def connect():
    return 1


class Service:
    def __init__(self):
        self.connection = connect()
        self.open()

    def open(self):
        return 1


def main():
    return Service()


main()
