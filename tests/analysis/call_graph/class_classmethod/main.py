class Service:
    @classmethod
    def create(cls):
        return 1

    def run(self):
        return self.create()


def main():
    return Service.create()


main()
Service().run()
