class Bus:
    def __init__(self):
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)

    def fire(self):
        for listener in self.listeners:
            listener()


def load():
    return 1


def main():
    bus = Bus()
    bus.subscribe(load)
    return bus.fire()


main()
