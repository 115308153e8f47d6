class Service:
    def __init__(self):
        self.rows = []

    def run(self):
        return self.rows


service = Service()


def main():
    return service.run()


main()
