class Service:
    def run(self):
        return 1


def main():
    return Service.run(Service())


main()
