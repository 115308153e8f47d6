"""Pyramid: the constructor of a view class before its view, subscribers of a request and tweens before both.

From Pyramid's documentation: for each request the tweens run, around them all that follows, then the subscribers of `NewRequest` and
`ContextFound`, then the view: a function of the request, or a method of a class that is made with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Framework, Run, Wiring
from session_lint.clients.served import is_of
from session_lint.facts.terms import Const, dotted, strip

_EVENTS = frozenset({"NewRequest", "ContextFound"})


class Pyramid(Framework):
    """Functions and methods under `@view_config`."""

    title = "Pyramid"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each view behind what runs before it."""
        takers = tuple(dict.fromkeys(_tweens(wiring)))
        before = list(dict.fromkeys(_subscribers(wiring)))
        for full in dict.fromkeys(told.decorated for told in wiring.decorated("view_config") if is_of(told, "pyramid")):
            cls = full.rpartition(".")[0]
            of_class = wiring.is_class(cls)
            if (before or takers or (of_class and wiring.method(cls, "__init__"))) and wiring.is_function(full):
                lines = [
                    *["event.request = request"] * bool(before),
                    *(f"{one}(event)" for one in before),
                    _called(full, wiring, of_class=of_class),
                ]
                yield Run(full, "\n    ".join(["def run(request, context, event):", *lines]), takers)


def _called(full: str, wiring: Wiring, *, of_class: bool) -> str:
    """A view is made or called with the request, or with the context before it."""
    cls, _, name = full.rpartition(".")
    names = wiring.parameters(wiring.method(cls, "__init__"))[1:] if of_class else wiring.parameters(full)
    given = "context, request" if len(names) > 1 else "request"
    return f"{cls}({given}).{name}()" if of_class else f"{full}({given})"


def _subscribers(wiring: Wiring) -> Iterator[str]:
    for told in wiring.told("subscriber", "add_subscriber"):
        names = {(dotted(arg) or "").rpartition(".")[2] for arg in (*told.call.args, *(value for _, value in told.call.kwargs))}
        full = told.decorated or (wiring.find(dotted(told.call.args[0]) or "") if told.call.args else "")
        if wiring.is_function(full) and names & _EVENTS:
            yield full


def _tweens(wiring: Wiring) -> Iterator[tuple[str, str]]:
    """The parameters that take the handler of what a tween is made by: `def tween_factory(handler, registry)`."""
    for told in wiring.told("add_tween"):
        named = strip(told.call.args[0]) if told.call.args else Const(None)
        full = wiring.find(str(named.value) if isinstance(named, Const) else dotted(named) or "")
        names = wiring.parameters(full)
        if wiring.is_function(full) and names:
            yield full, names[0]
