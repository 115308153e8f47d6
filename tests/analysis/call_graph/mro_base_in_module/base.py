class Base:
    def run(self):
        return 1

    def step(self):
        return 2
