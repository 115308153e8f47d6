"""FastAPI: dependencies of routers, applications and decorators before the endpoint, and HTTP middleware around both.

From FastAPI's documentation: `dependencies=[Depends(f)]` of the application, of a router, of `include_router()` and of the decorator
run in this order before the function, whose own dependencies are in its signature; parameters of one name are one value of the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from session_lint.clients.asgi import middleware, named, takes_request
from session_lint.clients.framework import Framework, Run, Told, Wiring
from session_lint.facts.telling_names import DEPENDS
from session_lint.facts.terms import Invoke, Item, Sequence, Term, dotted, strip

_ROUTES = ("get", "post", "put", "patch", "delete", "head", "options", "api_route", "websocket")
_MADE = frozenset({"FastAPI", "APIRouter"})
_MOST = 20  # functions that one endpoint depends on


class FastApi(Framework):
    """The endpoints of `FastAPI` and `APIRouter` objects of the project."""

    title = "FastAPI"

    def runs(self, wiring: Wiring) -> Iterator[Run]:
        """Each endpoint behind the dependencies that its signature does not name, handed to the middleware."""
        takers = middleware(wiring)
        included = _included(wiring)
        for told in wiring.decorated(*_ROUTES):
            router = wiring.find(_receiver(told))
            made = wiring.value(router) if told.decorated else None
            if not isinstance(made, Invoke) or _last(made) not in _MADE:
                continue
            before = [*included.get("", ()), *included.get(router, ()), *_dependencies(made, wiring), *_dependencies(told.call, wiring)]
            first = dict[str, None]()
            for full in (*before, told.decorated):
                _order(full, wiring, first)
            del first[told.decorated]
            if first or takers:
                yield Run(told.decorated, _text(told.decorated, tuple(first), wiring), takers)


def _receiver(told: Told) -> str:
    return (dotted(told.call.func) or "").rpartition(".")[0]


def _last(call: Invoke) -> str:
    return _named(call.func)


def _named(term: Term) -> str:
    return (dotted(term) or "").rpartition(".")[2]


def _included(wiring: Wiring) -> Mapping[str, list[str]]:
    """What runs before the endpoints of a router, by the router; "" for all of them: what applications depend on."""
    found: dict[str, list[str]] = {}
    for told in wiring.told("include_router", "FastAPI"):
        router = named(told.call.args[0], wiring) if told.call.args else ""
        if router or _last(told.call) == "FastAPI":
            found.setdefault(router, []).extend(_dependencies(told.call, wiring))
    return found


def _dependencies(call: Invoke, wiring: Wiring) -> list[str]:
    """The functions and classes of the project in `dependencies=[Depends(f)]`."""
    listed = call.kwarg("dependencies")
    items = listed.items if isinstance(listed, Sequence) else ()
    calls = (strip(item) for item in items)
    return [full for one in calls if isinstance(one, Invoke) and _is_dependency(one) and (full := named(one.args[0], wiring))]


def _order(full: str, wiring: Wiring, found: dict[str, None]) -> None:
    """Put a function behind what the names of its annotations say that it depends on: `CurrentUser = Annotated[User, Depends(user)]`."""
    if full in found or len(found) > _MOST:
        return
    made = f"{full}.__init__" if wiring.is_class(full) else full
    for parameter in wiring.parameters(made):
        note = wiring.value(wiring.annotation(made, parameter))
        parts = note.key.items[1:] if isinstance(note, Item) and isinstance(note.key, Sequence) and _named(note.base) == "Annotated" else ()
        for call in map(strip, parts):
            depended = named(call.args[0], wiring) if isinstance(call, Invoke) and _is_dependency(call) else ""
            if depended and depended != full:
                _order(depended, wiring, found)
    found[full] = None


def _is_dependency(term: Term | None) -> bool:
    return isinstance(term, Invoke) and bool(term.args) and _last(term) in DEPENDS


def _text(endpoint: str, before: tuple[str, ...], wiring: Wiring) -> str:
    """The endpoint behind what runs before it; what they take from the request goes by its name."""
    taken: dict[str, None] = {}
    lines = []
    for full in (*before, endpoint):
        made = f"{full}.__init__" if wiring.is_class(full) else full
        own = [name for name in wiring.parameters(made) if name != "self" and not _is_dependency(wiring.default(made, name))]
        asked = takes_request(made, wiring)
        taken.update(dict.fromkeys(name for name in own if name != asked))
        given = (f"{name}=request" if name == asked else f"{name}={name}" for name in own)
        lines.append(f"    {full}({', '.join(given)})")
    names = ["request", *(name for name in taken if name != "request")]
    return "\n".join([f"def run({', '.join(names)}):", *lines])
