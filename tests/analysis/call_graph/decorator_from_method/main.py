class Registry:
    def __init__(self):
        self.items = []

    def add(self, fn):
        self.items.append(fn)
        return fn

    def run_all(self):
        for item in self.items:
            item()


registry = Registry()


@registry.add
def load():
    return 1


def run():
    return load()


run()
registry.run_all()
