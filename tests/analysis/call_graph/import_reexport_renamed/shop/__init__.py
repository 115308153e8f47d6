from .core import load as fetch
