"""What frameworks with hooks share: functions of an application or a blueprint that run before each of its views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.facts.terms import Attr, Const, Invoke, Ref, Term, dotted, strip

_BEFORE = ("before_request", "before_app_request")
_ROUTES = ("route", "get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Registered:
    """A function or class that an application or blueprint is told of.

    `on` is the variable that holds the application or blueprint; of one of a function, that function, which `made` it.
    """

    full: str
    on: str
    made: Term | None

    @property
    def kind(self) -> str:
        """The class of the application or blueprint."""
        return (dotted(self.made.func) or "").rpartition(".")[2] if isinstance(self.made, Invoke) else ""

    def shares(self, other: Registered) -> bool:
        """Whether the other one is of the same application or blueprint."""
        return (self.on, self.kind, self._constants) == (other.on, other.kind, other._constants)

    @property
    def _constants(self) -> tuple[Term, ...]:
        """What it was given that reads the same wherever it is read."""
        return tuple(arg for arg in self.made.args if isinstance(arg, Const)) if isinstance(self.made, Invoke) else ()


@dataclass(frozen=True, slots=True)
class Hooks:
    """How a framework calls them. A hook covers the views of what it is told to, one of an application all, and so does one that a
    blueprint is told of by one of the names in `anywhere`.

    `application` is the class of an application, `given` what a hook and a view are handed.
    """

    application: str
    anywhere: tuple[str, ...] = ()
    given: str = ""

    def runs(self, wiring: Wiring, hooks: list[tuple[Told, Registered]]) -> Iterator[Run]:
        """Each view behind the hooks that cover it."""
        whole = [one for told, one in hooks if one.kind != "Blueprint" or last(told) in self.anywhere]
        own = [one for _, one in hooks if one not in whole]
        seen: dict[str, None] = {}
        for view in self._views(wiring) if hooks else ():
            before = [one.full for one in whole if not self._apart(one, view)] + [one.full for one in own if one.shares(view)]
            if before and view.full not in seen:
                seen[view.full] = None
                yield Run(view.full, self._text(view.full, [full for full in dict.fromkeys(before) if full != view.full], wiring))

    def _apart(self, hook: Registered, view: Registered) -> bool:
        """Whether the two are of two applications."""
        return hook.kind == view.kind == self.application and not hook.shares(view)

    def _text(self, view: str, before: list[str], wiring: Wiring) -> str:
        given = f"{self.given}, **kwargs" if self.given else "**kwargs"
        last_ = f"{view}({given})" if wiring.is_function(view) else f"{view}().respond({given})"
        return "\n".join([f"def run({given}):", *(f"    {full}({self.given})" for full in before), f"    {last_}"])

    def _views(self, wiring: Wiring) -> Iterator[Registered]:
        for told in wiring.decorated(*_ROUTES):
            for one in registered(told, wiring, -1) if told.decorated else ():
                if one.kind in {self.application, "Blueprint"} or last(told) == "route":
                    yield one
        for told in wiring.told("add_url_rule"):
            yield from registered(told, wiring, 2, "view_func")
        for told in wiring.told("add_route") if self.given else ():
            yield from registered(told, wiring, 0, "handler")


def last(told: Told) -> str:
    """The last name of what is called."""
    func = strip(told.call.func)
    return func.name if isinstance(func, Attr) else (dotted(func) or "").rpartition(".")[2]


def registered(told: Told, wiring: Wiring, position: int, keyword: str = "f") -> Iterator[Registered]:
    """What a call or decorator registers, where it is of the project."""
    func = strip(told.call.func)
    handed = told.call.arg(position, keyword)
    full = told.decorated or (wiring.find(_view(strip(handed))) if handed is not None else "")
    if not full or not isinstance(func, Attr):
        return
    base = strip(func.base)
    if isinstance(base, Invoke):  # a variable of the function around what is decorated
        yield Registered(full, told.decorated.rpartition(".")[0], base)
    elif name := dotted(base) or "":
        on = wiring.find(name) or name
        outer = on.rpartition(".")[0]
        yield Registered(full, outer if wiring.is_function(outer) else on, wiring.value(on))


def _view(term: Term) -> str:
    """The function or class that is handed over: `show`, `CartView.as_view("cart")`."""
    if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name == "as_view":
        term = strip(term.func.base)
    return (dotted(term) or "") if isinstance(term, (Ref, Attr)) else ""


class BlueprintFramework(Framework):
    """A framework with the interface of Flask: functions that run before each request of an application or blueprint of the project."""

    hooks: ClassVar[Hooks]
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    classes: ClassVar[str] = """
class View:
    def respond(self, **kwargs):
        self.dispatch_request(**kwargs)

class MethodView(View):
    def dispatch_request(self, **kwargs):
        self.handler(**kwargs)
"""

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each view behind the functions that run before it."""
        return self.hooks.runs(wiring, [(told, one) for told in wiring.told(*_BEFORE) for one in registered(told, wiring, 0)])
