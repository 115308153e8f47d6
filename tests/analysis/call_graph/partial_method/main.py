from functools import partial


class Service:
    def load(self, size):
        return size

    def run(self):
        step = partial(self.load, 3)
        return step()


Service().run()
