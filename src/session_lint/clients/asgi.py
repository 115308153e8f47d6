"""What Starlette and the frameworks on top of it share: HTTP middleware, which is handed what comes behind it as `call_next`."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Wiring
from session_lint.facts.terms import Const, Term, dotted, strip

_MADE = ("add_middleware", "Middleware")


def middleware(wiring: Wiring) -> tuple[tuple[str, str], ...]:
    """The parameters that take `call_next`, each with its function: of `@app.middleware("http")`, of `dispatch()` of a class."""
    return tuple(dict.fromkeys((full, names[-1]) for full in _functions(wiring) if len(names := wiring.parameters(full)) > 1))


def _functions(wiring: Wiring) -> Iterator[str]:
    for told in wiring.decorated("middleware"):
        if told.decorated and told.call.args[:1] == (Const("http"),):
            yield told.decorated
    for told in wiring.told(*_MADE):
        cls = named(told.call.args[0], wiring) if told.call.args else ""
        if wiring.is_below(cls, "BaseHTTPMiddleware") and (method := wiring.method(cls, "dispatch")):
            yield method
        handed = told.call.kwarg("dispatch")  # `add_middleware(BaseHTTPMiddleware, dispatch=add_cart)`
        if handed is not None and (full := named(handed, wiring)):
            yield full


def named(term: Term, wiring: Wiring) -> str:
    """The function or class of the project that a term names; "" for none."""
    return wiring.find(dotted(strip(term)) or "")


def takes_request(full: str, wiring: Wiring) -> str:
    """The parameter of an endpoint that is the request: by its annotation, or by its name; "" for none."""
    names = wiring.parameters(full)
    noted = (name for name in names if wiring.annotation(full, name).rpartition(".")[2] == "Request")
    return next(noted, "request" if "request" in names else "")
