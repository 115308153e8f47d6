class Service:
    def run(self):
        self.prepare()
        return self.finish()

    def prepare(self):
        return 1

    def finish(self):
        return self.prepare()


Service().run()
