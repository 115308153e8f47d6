class Service:
    def run(self):
        return 1

    def stop(self):
        return 2


service = Service()
