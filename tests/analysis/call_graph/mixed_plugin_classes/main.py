from actions import Greet
from base import ACTIONS


def execute(name):
    action = ACTIONS[name]()
    return action.execute()


def direct():
    return Greet().run()


execute("greet")
execute("leave")
direct()
