class Service:
    def run(this):
        return this.step()

    def step(me):
        return 1


Service().run()
