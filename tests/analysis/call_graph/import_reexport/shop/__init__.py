from shop.core import Service, load

__all__ = ["Service", "load"]
