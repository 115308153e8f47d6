"""Flask: `before_request` functions before the views that they cover, and the methods of class-based views.

From Flask's documentation: functions of `@app.before_request` and `@bp.before_app_request` run before each view, those of
`@bp.before_request` before the views of the blueprint; a `MethodView` calls the method of the request's verb.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.facts.terms import Attr, Invoke, Ref, Term, dotted, strip

_HOOKS = ("before_request", "before_app_request")
_ROUTES = ("route", "get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class _Registered:
    """A function or class that an application or blueprint is told of. `on` is the variable, `kind` what it was made by."""

    full: str
    on: str
    kind: str


class Flask(Framework):
    """Functions that run before each request of an application or blueprint of the project."""

    title = "Flask"
    handlers = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
    changing = frozenset({"flask.g", "flask.request", "flask.session", "flask_login.current_user"})
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
        hooks = [(told, one) for told in wiring.told(*_HOOKS) for one in _registered(told, wiring, 0)]
        anywhere = [one for told, one in hooks if one.kind != "Blueprint" or _name(told) == "before_app_request"]
        own = [one for told, one in hooks if one not in anywhere]
        seen: dict[str, None] = {}
        for view in _views(wiring) if hooks else ():
            before = [one.full for one in anywhere if not _apart(one, view)] + [one.full for one in own if one.on == view.on]
            if before and view.full not in seen:
                seen[view.full] = None
                last = f"{view.full}(**kwargs)" if wiring.is_function(view.full) else f"{view.full}().respond(**kwargs)"
                lines = [f"    {full}()" for full in dict.fromkeys(before) if full != view.full]
                yield Run(view.full, "\n".join(["def run(**kwargs):", *lines, f"    {last}"]))


def _apart(hook: _Registered, view: _Registered) -> bool:
    """Whether the two are of two applications."""
    return hook.kind == view.kind == "Flask" and hook.on != view.on


def _name(told: Told) -> str:
    return (dotted(told.call.func) or "").rpartition(".")[2]


def _registered(told: Told, wiring: Wiring, position: int, keyword: str = "f") -> Iterator[_Registered]:
    """What a call or decorator registers, where it is of the project."""
    base = (dotted(told.call.func) or "").rpartition(".")[0]
    on = wiring.find(base) or base
    made = wiring.value(on)
    kind = (dotted(made.func) or "").rpartition(".")[2] if isinstance(made, Invoke) else ""
    handed = told.call.arg(position, keyword)
    full = told.decorated or (wiring.find(_view(strip(handed))) if handed is not None else "")
    if full and base:
        yield _Registered(full, on, kind)


def _view(term: Term) -> str:
    """The function or class that is handed over: `show`, `CartView.as_view("cart")`."""
    if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name == "as_view":
        term = strip(term.func.base)
    return (dotted(term) or "") if isinstance(term, (Ref, Attr)) else ""


def _views(wiring: Wiring) -> Iterator[_Registered]:
    for told in wiring.decorated(*_ROUTES):
        for one in _registered(told, wiring, -1) if told.decorated else ():
            if one.kind in {"Flask", "Blueprint"} or _name(told) == "route":
                yield one
    for told in wiring.told("add_url_rule"):
        yield from _registered(told, wiring, 2, "view_func")
