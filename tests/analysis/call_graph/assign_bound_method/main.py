class Service:
    def run(self):
        return 1


def main():
    run = Service().run
    return run()


main()
