"""Tornado: `initialize()` and `prepare()` of a handler before the method of the request's verb.

From Tornado's documentation: for each request a handler is made, `initialize()` is called with the options of its route, then
`prepare()`, then the method with what the path has captured, by position or by name, then `on_finish()`. A `WebSocketHandler` calls
`open()` in `get()`.
"""

from __future__ import annotations

from typing import ClassVar

from session_lint.clients.framework import Framework


class Tornado(Framework):
    """Subclasses of `RequestHandler`."""

    title = "Tornado"
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    classes: ClassVar[str] = """
class RequestHandler:
    def respond(self, options, *args, **kwargs):
        self.path_args = args
        self.path_kwargs = kwargs
        self.initialize(**options)
        self.prepare()
        if args:
            self.handler(*args)
        else:
            self.handler(**kwargs)
        self.on_finish()

class WebSocketHandler(RequestHandler):
    def get(self, *args, **kwargs):
        if args:
            self.open(*args)
        else:
            self.open(**kwargs)
"""
