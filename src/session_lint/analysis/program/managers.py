"""Managers and query sets of the project: in a method of one, `self` is the rows of the model whose attribute holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from session_lint.facts.terms import Attr, Invoke, Item, Param, Ref, Term, chain, dotted, strip

_OF_A_QUERY = {"all", "filter", "exclude", "using", "order_by", "get_queryset", "select_for_update", "distinct", "none"}
_ROWS = Attr(Attr(Param("self"), "model"), "objects")
MADE_FROM = "from_queryset"


def managed(call: Invoke) -> Invoke:
    """`self.get_or_create(...)`, `super().filter(...).first()` of a manager, as the same call on the rows of its model."""
    if not isinstance(call.func, Attr):
        return call
    origin, links = chain(call.func.base)
    if not _is_self(origin) or any(link.call is None or link.name not in _OF_A_QUERY for link in links):
        return call
    return Invoke(Attr(_on_rows(call.func.base), call.func.name), call.args, call.kwargs, call.site)


def _is_self(term: Term) -> bool:
    return term == Param("self") or (isinstance(term, Invoke) and term.func == Ref("builtins.super"))


def _on_rows(term: Term) -> Term:
    inner = strip(term)
    if isinstance(inner, Invoke) and isinstance(inner.func, Attr):
        return Invoke(Attr(_on_rows(inner.func.base), inner.func.name), inner.args, inner.kwargs, inner.site)
    return _ROWS


def holder(table: Term) -> Term | None:
    """The class behind `Kind.objects.model`, as it is written."""
    if not isinstance(table, Attr) or table.name != "model":
        return None
    origin, links = chain(table.base)
    return origin if links and links[0].call is None and isinstance(origin, (Ref, Param)) else None


class Names(Protocol):
    """What the names of a project mean."""

    @property
    def classes(self) -> Mapping[str, object]:
        """The classes, by full name."""

    def lookup(self, name: str, /) -> object:
        """What a dotted name means."""


def written_base(base: Term, names: Names) -> Term:
    """The class that a base of a class stands for: of `Repository[User]`, of `Manager.from_queryset(KindQuerySet)`, of `audited("a", "b")`
    the one class that this function of the project defines."""
    term = strip(base)
    if isinstance(term, Item):
        return term.base
    if isinstance(term, Invoke) and isinstance(term.func, Attr) and term.func.name == MADE_FROM and term.args:
        return term.args[0]
    return _defined(term, names) if isinstance(term, Invoke) else term


def _defined(call: Invoke, names: Names) -> Term:
    """The class inside of the function that a call is of."""
    function: str = getattr(names.lookup(dotted(call.func) or ""), "full", "")
    inside = [one for one in names.classes if one.rpartition(".")[0] == function] if function and function not in names.classes else []
    return Ref(inside[0]) if len(inside) == 1 else call
