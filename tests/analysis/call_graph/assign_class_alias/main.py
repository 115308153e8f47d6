class Service:
    def __init__(self):
        self.rows = []

    def run(self):
        return 1


Alias = Service


def main():
    return Alias().run()


main()
