"""Starlette: HTTP middleware before the endpoints of its routes, and the methods of endpoints that are classes.

From Starlette's documentation: `dispatch(request, call_next)` and `@app.middleware("http")` are called with each request, and
`call_next(request)` runs what is inside; an `HTTPEndpoint` calls the method of the request's verb.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.asgi import middleware, named
from session_lint.clients.framework import Framework, Run, Wiring


class Starlette(Framework):
    """Middleware of the project, around what `Route(...)` and `@app.route(...)` name."""

    title = "Starlette"
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    classes: ClassVar[str] = """
class HTTPEndpoint:
    def dispatch(self):
        self.handler(self.request)

    def respond(self, request):
        self.request = request
        self.dispatch()
"""

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each endpoint, handed to the middleware."""
        takers = middleware(wiring)
        for view in dict.fromkeys(_endpoints(wiring)) if takers else ():
            call = f"{view}(request)" if wiring.is_function(view) else f"{view}().respond(request)"
            yield Run(view, f"def run(request):\n    {call}", takers)


def _endpoints(wiring: Wiring) -> Iterator[str]:
    for told in wiring.told("Route", "route", "add_route"):
        if told.decorated:
            yield told.decorated
        else:
            handed = (*told.call.args[1:2], *(value for name, value in told.call.kwargs if name == "endpoint"))
            yield from (full for value in handed if (full := named(value, wiring)))
