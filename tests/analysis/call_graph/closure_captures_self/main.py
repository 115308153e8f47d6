class Service:
    def run(self):
        def attempt():
            return self.step()

        return attempt()

    def step(self):
        return 1


Service().run()
