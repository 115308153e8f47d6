from .core import prepare

READY = prepare()
