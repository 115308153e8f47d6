import shop
from shop import Service, load


def run():
    load()
    shop.load()
    return Service().run()


run()
