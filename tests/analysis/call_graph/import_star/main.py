from store import *


def _hidden():
    return 0


def run():
    load()
    return _hidden()


run()
