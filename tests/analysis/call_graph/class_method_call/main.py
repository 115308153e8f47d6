class Service:
    def run(self):
        return 1


def main():
    service = Service()
    return service.run()


main()
