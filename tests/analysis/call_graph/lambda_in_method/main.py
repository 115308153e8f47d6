class Service:
    def run(self):
        step = lambda: self.step()
        return step()

    def step(self):
        return 1


Service().run()
