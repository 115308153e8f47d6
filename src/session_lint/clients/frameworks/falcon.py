"""Falcon: hooks of a responder and middleware of an application before the responder.

From Falcon's documentation: `process_request(req, resp)` of each middleware in the order of the list, then `process_resource(req, resp,
resource, params)`, then the hooks of `@falcon.before(hook, ...)` from the outermost, then the responder with what the path has captured.
A hook on a class covers each of its responders.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.clients.served import Served, applications, in_all, is_of, listed, made_class
from session_lint.facts.terms import Const, Term, dotted, strip

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_STAGES = (("process_request", ("req", "resp")), ("process_resource", ("req", "resp", "resource", "params")))


class Falcon(Framework):
    """Responders of resources that an application is told of, or that have hooks."""

    title = "Falcon"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each responder behind what runs before it."""
        hooks = _hooks(wiring)
        middleware = [cls for term in _middleware(wiring) if (cls := made_class(term, wiring))]
        stages = [Served(full, cls).called(*given) for name, given in _STAGES for cls in middleware if (full := wiring.method(cls, name))]
        routed = set(_resources(wiring)) if stages else set()
        seen = set[str]()
        for cls in wiring.classes() if hooks or routed else ():
            for method in _responders(cls, wiring):
                before = [*(stages if cls in routed else ()), *hooks.get(cls, ()), *hooks.get(method, ())]
                if before and method not in seen:
                    seen.add(method)
                    lines = [*before, Served(method, cls).called("req", "resp", "**params")]
                    yield Run(method, "\n    ".join(["def run(req, resp, resource, params):", *lines]))


def _hooks(wiring: Wiring) -> dict[str, list[str]]:
    """The calls of hooks, by the full name of the responder or class that they are written at."""
    found: dict[str, list[str]] = {}
    for told in wiring.decorated("before"):
        hook = wiring.find(dotted(told.call.args[0]) or "") if told.call.args and is_of(told, "falcon") else ""
        if wiring.is_function(hook):
            given = ["req", "resp", "resource", "params", *_arguments(told)]
            found.setdefault(told.decorated, []).append(f"{hook}({', '.join(given)})")
    return found


def _arguments(told: Told) -> Iterator[str]:
    """The constants that a hook is given besides."""
    for name, term in [*(("", one) for one in told.call.args[1:]), *told.call.kwargs]:
        if name != "is_async":
            value = strip(term)
            yield f"{name}{'=' * bool(name)}{repr(value.value) if isinstance(value, Const) else '...'}"


def _middleware(wiring: Wiring) -> list[Term]:
    made = applications(wiring, "falcon", "App", "API")
    lists = [(*listed(term, wiring), *_alone(term)) for told in made for term in [told.call.kwarg("middleware")]]
    added = [strip(told.call.args[0]) for told in wiring.told("add_middleware") if told.call.args] if len(made) == 1 else []
    return [*in_all(lists), *(item for term in added for item in (*listed(term, wiring), term))]


def _alone(term: Term | None) -> tuple[Term, ...]:
    """One middleware that is no list."""
    return (strip(term),) if term is not None else ()


def _resources(wiring: Wiring) -> Iterator[str]:
    for told in wiring.told("add_route"):
        handed = told.call.arg(1, "resource")
        if handed is not None:
            yield made_class(handed, wiring)


def _responders(cls: str, wiring: Wiring) -> Iterator[str]:
    """The methods of the verbs, its own or from above, and its own with a suffix: `on_get_items`."""
    yield from (method for verb in _VERBS if (method := wiring.method(cls, f"on_{verb}")))
    yield from (full for full in wiring.inside(cls) if full.rpartition(".")[2].startswith(tuple(f"on_{verb}_" for verb in _VERBS)))
