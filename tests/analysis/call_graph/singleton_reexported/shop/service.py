class Service:
    def run(self):
        return 1


service = Service()
