from . import stock
from .payment import pay


def place():
    pay()
    return stock.reserve()
