import shop
import shop.core
from shop.core import Service


def go(service: Service):
    return service.run()


def walk(service: shop.core.Service):
    return service.run()


def third(service: shop.Service):
    return service.run()


go(Service())
walk(Service())
third(Service())
