class Service:
    def load(self):
        return 1

    def save(self):
        return 2

    def run(self, name):
        return {"load": self.load, "save": self.save}[name]()


service = Service()
service.run("load")
service.run("save")
