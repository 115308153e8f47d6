from shop import *


def save():
    return 0


def run():
    load()
    return save()


run()
