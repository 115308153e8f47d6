class Service:
    def load(self):
        return 1

    def save(self):
        return 2

    table = {"load": load, "save": save}

    def run(self, name):
        return self.table[name](self)


Service().run("load")
Service().run("save")
