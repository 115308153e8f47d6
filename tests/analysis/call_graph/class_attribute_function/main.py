def load():
    return 1


class Service:
    def __init__(self):
        self.step = load

    def run(self):
        return self.step()


Service().run()
