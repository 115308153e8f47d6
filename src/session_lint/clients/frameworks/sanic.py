"""Sanic: request middleware before the handlers that it covers, and the methods of class-based views.

From Sanic's documentation: functions of `@app.on_request`, `@app.middleware` and `@app.middleware("request")` are called with the
request before each handler, those of a blueprint before its own; an `HTTPMethodView` calls the method of the request's verb.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.clients.hooks import Hooks, Registered, registered
from session_lint.facts.terms import Const

_HOOKS = Hooks(application="Sanic", given="request")


class Sanic(Framework):
    """Functions that run before each request of an application or blueprint of the project."""

    title = "Sanic"
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    classes: ClassVar[str] = """
class HTTPMethodView:
    def dispatch_request(self, request, **kwargs):
        self.handler(request, **kwargs)

    def respond(self, request, **kwargs):
        self.dispatch_request(request, **kwargs)
"""

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each handler behind the functions that run before it."""
        return _HOOKS.runs(wiring, [(told, one) for told, one in _middleware(wiring)])


def _middleware(wiring: Wiring) -> Iterator[tuple[Told, Registered]]:
    for told in wiring.told("on_request", "middleware"):
        if told.decorated and Const("response") not in told.call.args:
            yield from ((told, one) for one in registered(told, wiring, 0))
    for told in wiring.told("register_middleware"):
        if Const("response") not in (told.call.arg(1, "attach_to"),):
            yield from ((told, one) for one in registered(told, wiring, 0, "middleware"))
