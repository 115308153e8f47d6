from .. import service
from ..service import place
from . import place_order


def order():
    place()


def again():
    service.place()
    place_order()


again()
