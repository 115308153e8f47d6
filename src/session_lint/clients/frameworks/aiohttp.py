"""aiohttp: middleware of an application around its handlers, and the methods of class-based views.

From aiohttp's documentation: `Application(middlewares=[...])` calls each middleware with the request and the handler behind it, the first
of the list outermost; one of an application covers its sub-applications too. A `View` calls the method of the request's verb.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.clients.served import Served, applications, in_all, is_of, listed, made_class, served
from session_lint.facts.terms import Attr, Invoke, Ref, Term, dotted, strip

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_DECORATED = (*_VERBS, "view", "route")
_ADDED = tuple(f"add_{name}" for name in _DECORATED)
_THIRD = frozenset({"route", "add_route"})  # method, path, handler


class Aiohttp(Framework):
    """Middleware of the project, around what routes name."""

    title = "aiohttp"
    handlers = frozenset(_VERBS)
    classes: ClassVar[str] = """
class View:
    def respond(self, request):
        self.request = request
        self.handler()
"""

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each handler, handed to the middleware."""
        takers = tuple(dict.fromkeys(_takers(wiring)))
        for handler in dict.fromkeys(_handlers(wiring)) if takers else ():
            call = f"{handler.full}().respond(request)" if wiring.is_class(handler.full) else handler.called("request")
            yield Run(handler.full, f"def run(request):\n    {call}", takers)


def _takers(wiring: Wiring) -> Iterator[tuple[str, str]]:
    """The parameters that take the handler."""
    made = applications(wiring, "aiohttp", "Application")
    below = [wiring.value(dotted(told.call.args[1]) or "") for told in wiring.told("add_subapp") if len(told.call.args) > 1]
    top = [told.call for told in made if told.call not in below]
    found = list(in_all([listed(call.kwarg("middlewares"), wiring) for call in top]))
    if len(top) == 1:
        found += [strip(told.call.args[0]) for told in wiring.told("append") if _is_appended(told)]
    for term in found:
        yield from _taker(term, wiring)


def _is_appended(told: Told) -> bool:
    return bool(told.call.args) and (dotted(told.call.func) or "").endswith(".middlewares.append")


def _taker(term: Term, wiring: Wiring) -> Iterator[tuple[str, str]]:
    """The function that takes a request and a handler: of a class, its `__call__`; of a call that makes one, the one inside."""
    full, skipped = wiring.find(dotted(term) or ""), 0
    if not wiring.is_function(full):
        cls = made_class(term, wiring)
        full, skipped = (wiring.method(cls, "__call__"), 1) if cls else ("", 0)
    if not full and isinstance(term, Invoke):
        full = next((one for one in wiring.inside(wiring.find(dotted(term.func) or "")) if len(wiring.parameters(one)) > 1), "")
    names = wiring.parameters(full)[skipped:]
    if len(names) > 1:
        yield full, names[1]


def _handlers(wiring: Wiring) -> Iterator[Served]:
    for told in wiring.decorated(*_DECORATED):
        if _is_table(told, wiring):
            yield Served(told.decorated)
    for told in wiring.told(*_DECORATED, *_ADDED):
        name = told.call.func.name.rpartition(".")[2] if isinstance(told.call.func, (Attr, Ref)) else ""
        if not told.decorated and (name in _ADDED or is_of(told, "aiohttp")):
            handed = told.call.arg(2 if name in _THIRD else 1, "handler")
            if handed is not None and (one := served(handed, wiring)) is not None:
                yield one


def _is_table(told: Told, wiring: Wiring) -> bool:
    """Whether a decorator is one of a `RouteTableDef`."""
    func = strip(told.call.func)
    base = strip(func.base) if isinstance(func, Attr) else None
    made = base if isinstance(base, Invoke) or base is None else wiring.value(dotted(base) or "")
    return isinstance(made, Invoke) and (dotted(made.func) or "").endswith("RouteTableDef")
