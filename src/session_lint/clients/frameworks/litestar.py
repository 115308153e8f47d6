"""Litestar: dependencies, guards and `before_request` of an application, a router, a controller and a handler before the handler.

From Litestar's documentation: `dependencies={"cart": Provide(f)}` gives the parameter `cart` of handlers and of other dependencies what
`f` returns, once for each request; the innermost layer that has a name counts. Guards of all layers run first, then the `before_request`
of the innermost layer that has one. What the path has captured, and `request` and `state`, go by the names of parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.clients.served import applications, is_of, listed
from session_lint.facts.terms import Const, Invoke, Mapping as Display, Term, dotted, strip

_ROUTES = ("get", "post", "put", "patch", "delete", "head", "route", "websocket")
_LAYERS = 5  # routers in routers


class Litestar(Framework):
    """Handlers of the project, with what they are given by name."""

    title = "Litestar"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each handler behind what runs before it."""
        tree = _Tree(wiring)
        for told in wiring.decorated(*_ROUTES):
            if is_of(told, "litestar") and wiring.is_function(told.decorated):
                request = _Request(wiring, dict(tree.provided(told)))
                before = [one for one in tree.before(told) if one != told.decorated]
                if before or request.provided:
                    yield Run(told.decorated, request.text(before, told.decorated))


class _Tree:
    """The applications and routers of the project, and what they are told of."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._applications = [told.call for told in applications(wiring, "litestar", "Litestar")]
        self._above: dict[str | Term, list[Invoke]] = {}
        for call in (*self._applications, *(told.call for told in wiring.told("Router") if is_of(told, "litestar"))):
            for item in listed(call.arg(0 if call in self._applications else 1, "route_handlers"), wiring):
                self._above.setdefault(self._meant(item), []).append(call)

    def _meant(self, item: Term) -> str | Term:
        """A handler or controller by its name, a router as the call that makes it."""
        found = self._wiring.find(dotted(item) or "")
        return self._wiring.value(found) or found or item

    def _layers(self, told: Told) -> Iterator[Mapping[str, Term]]:
        """What the layers of a handler are given, outermost first."""
        controller = self._controller(told.decorated)
        calls: list[Invoke] = []
        above = self._above.get(controller or told.decorated, self._applications)
        while len(above) == 1 and len(calls) < _LAYERS:
            calls.append(above[0])
            above = [] if above[0] in self._applications else self._above.get(above[0], self._applications)
        yield from (dict(call.kwargs) for call in reversed(calls))
        names = ("dependencies", "guards", "before_request") if controller else ()
        yield {name: value for name in names if (value := self._wiring.attribute(controller, name)) is not None}
        yield dict(told.call.kwargs)

    def _controller(self, handler: str) -> str:
        owner = handler.rpartition(".")[0]
        return owner if self._wiring.is_below(owner, "Controller") else ""

    def provided(self, told: Told) -> Iterator[tuple[str, str]]:
        """The dependencies of a handler, each with the function or class that gives it, those of inner layers last."""
        for layer in self._layers(told):
            written = layer.get("dependencies")
            display = strip(written) if written is not None else None
            if display is not None and not isinstance(display, Display):
                display = self._wiring.value(dotted(display) or "")
            for key, value in display.entries if isinstance(display, Display) else ():
                if isinstance(key, Const) and isinstance(key.value, str):
                    yield key.value, self._provider(strip(value))

    def _provider(self, value: Term) -> str:
        """What `Provide(f)` calls; "" for what is kept from one request to the next."""
        if isinstance(value, Invoke):
            cached = value.kwarg("use_cache")
            value = strip(value.args[0]) if value.args and cached is None else Const(None)
        return self._wiring.find(dotted(value) or "")

    def before(self, told: Told) -> list[str]:
        """The guards and the function of `before_request` of a handler."""
        layers = list(self._layers(told))
        guards = [dotted(item) or "" for layer in layers for item in listed(layer.get("guards"), self._wiring)]
        first = [dotted(strip(layer["before_request"])) or "" for layer in layers if "before_request" in layer][-1:]
        found = (self._wiring.find(name) for name in (*guards, *first))
        return list(dict.fromkeys(full for full in found if self._wiring.is_function(full)))


@dataclass(slots=True)
class _Request:
    """One request, as text. `provided`: the functions that give dependencies, by name."""

    wiring: Wiring
    provided: Mapping[str, str]
    taken: dict[str, None] = field(default_factory=lambda: {"request": None})
    given: dict[str, str] = field(default_factory=dict)  # the lines in which dependencies are made, in their order

    def text(self, before: list[str], handler: str) -> str:
        """What runs first, the dependencies that the handler asks for, and the handler."""
        first = [f"{full}(request{', None' * (len(self.wiring.parameters(full)) - 1)})" for full in before]
        last = self._called(handler)
        names = [name for name in self.taken if name not in self.given]
        return "\n    ".join([f"def run({', '.join(names)}):", *first, *self.given.values(), last])

    def _called(self, full: str) -> str:
        made = self.wiring.method(full, "__init__") if self.wiring.is_class(full) else full
        names = [name for name in self.wiring.parameters(made) if name != "self"]
        for name in names:
            self._give(name, full)
        owner = full.rpartition(".")[0]
        itself = [owner] * (self.wiring.is_class(owner) and self.wiring.is_function(full))
        return f"{full}({', '.join([*itself, *(f'{name}={name}' for name in names)])})"

    def _give(self, name: str, asking: str) -> None:
        provider = self.provided.get(name, "")
        if name in self.taken or not provider or provider == asking:
            self.taken.setdefault(name, None)
            return
        self.taken[name] = None
        call = self._called(provider)
        self.given[name] = f"{name} = {call}"
