class Service:
    def __init__(self):
        self.handlers = {"load": self.load, "save": self.save}

    def load(self):
        return 1

    def save(self):
        return 2

    def run(self, name):
        handler = self.handlers.get(name)
        return handler()


service = Service()
service.run("load")
service.run("save")
