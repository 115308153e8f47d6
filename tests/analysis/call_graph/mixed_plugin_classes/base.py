ACTIONS = {}


def action(name):
    def add(cls):
        ACTIONS[name] = cls
        return cls

    return add


class Action:
    def execute(self):
        self.before()
        return self.run()

    def before(self):
        return 1
