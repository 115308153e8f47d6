class Service:
    def __init__(self, size):
        self.size = size

    def run(self):
        return self.size


def main():
    return Service(3).run()


main()
