from base import Action, action


def log():
    return 1


@action("greet")
class Greet(Action):
    def run(self):
        return log()


@action("leave")
class Leave(Action):
    def __init__(self):
        self.rows = []

    def run(self):
        return self.rows
