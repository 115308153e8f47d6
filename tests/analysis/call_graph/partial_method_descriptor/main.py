from functools import partialmethod


class Service:
    def change(self, state):
        return state

    start = partialmethod(change, "started")

    def run(self):
        return self.start()


Service().run()
