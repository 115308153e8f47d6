"""What frameworks share whose applications are told of middleware and handlers by calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session_lint.clients.framework import Told, Wiring
from session_lint.facts.terms import Attr, Invoke, Ref, Sequence as Listed, Term, dotted, strip


@dataclass(frozen=True, slots=True)
class Served:
    """A function, a class or a method that something is told of; `itself` is what it is called on, "" where that is not another thing."""

    full: str
    itself: str = ""

    def called(self, *given: str) -> str:
        """The call, as text: an object that is made once for all requests is its class."""
        return f"{self.full}({', '.join([self.itself] * bool(self.itself) + list(given))})"


def served(term: Term, wiring: Wiring) -> Served | None:
    """What a term hands over: a function or class of the project, or a method of an object that is made once."""
    inner = strip(term)
    found = wiring.find(dotted(inner) or "")
    if wiring.is_function(found) or wiring.is_class(found):
        return Served(found)
    if not isinstance(inner, (Attr, Ref)):
        return None
    base = strip(inner.base) if isinstance(inner, Attr) else Ref(inner.name.rpartition(".")[0])
    cls = made_class(base, wiring)
    method = wiring.method(cls, inner.name.rpartition(".")[2]) if cls else ""
    return Served(method, cls) if method else None


def made_class(term: Term, wiring: Wiring) -> str:
    """The class of the project that an object is made of: `Readings()`, a variable that holds one, or `self`; "" for none."""
    inner = strip(term)
    if not isinstance(inner, Invoke):
        name = dotted(inner) or ""
        method = name.removesuffix(".self")
        made = wiring.value(name)
        owner = method.rpartition(".")[0]
        if method != name and wiring.is_function(method) and wiring.is_class(owner):
            return owner
        if not isinstance(made, Invoke):
            return ""
        inner = made
    found = wiring.find(dotted(inner.func) or "")
    return found if wiring.is_class(found) else ""


def applications(wiring: Wiring, package: str, *names: str) -> list[Told]:
    """The applications that the project makes, by the names of their classes, without those of tests."""
    return [told for told in wiring.told(*names) if not told.decorated and is_of(told, package) and not _is_test(told.module)]


def is_of(told: Told, package: str) -> bool:
    """Whether what is called is of a package."""
    return (dotted(told.call.func) or "").partition(".")[0] == package


def listed(term: Term | None, wiring: Wiring) -> Sequence[Term]:
    """What a list holds that is written where it is handed over, or in a variable."""
    inner = strip(term) if term is not None else None
    if inner is not None and not isinstance(inner, Listed):
        inner = wiring.value(dotted(inner) or "")
        inner = strip(inner) if inner is not None else None
    return tuple(strip(item) for item in inner.items) if isinstance(inner, Listed) else ()


def in_all(lists: Sequence[Sequence[Term]]) -> Iterator[Term]:
    """What each of several lists holds: of two applications, it is not told which one serves a handler."""
    for item in dict.fromkeys(lists[0]) if lists else ():
        if all(item in other for other in lists):
            yield item


def _is_test(module: str) -> bool:
    return any(part.startswith("test") or part == "conftest" for part in module.split("."))
