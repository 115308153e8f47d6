class Service:
    def __init__(self):
        self.rows = []

    def run(self):
        return self.rows


def build(factory):
    return factory().run()


build(Service)
