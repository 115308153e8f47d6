from shop import orders as o
from shop import stock


def run():
    o.place()
    return stock.reserve()


run()
