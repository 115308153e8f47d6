from .core import Service
