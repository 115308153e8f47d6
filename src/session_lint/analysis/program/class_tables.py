"""Tables that a class names: `table = rates` of a loader, where `rates` is a `Table(...)` of a module."""

from __future__ import annotations

from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.symbols import VariableSymbol
from session_lint.analysis.program.values import ClassValue, InstanceValue
from session_lint.facts.terms import Attr, Invoke, Ref, Term, strip


def of_class(known: Knowledge, resource: Term) -> Term:
    """`Carts.model` under its full name as an attribute of the class, or of an object that a module keeps."""
    owner, _, name = resource.name.rpartition(".") if isinstance(resource, Ref) else ("", "", "")
    kept = owner in known.symbols.classes or isinstance(known.symbols.lookup(owner), VariableSymbol)
    return Attr(Ref(owner), name) if kept else resource


def class_table(known: Knowledge, full: str, resource: Term) -> Term | None:
    """The one table that `self.table` is, whichever of the classes below the object may be of; None where it is no such thing."""
    inner = strip(resource)
    if not isinstance(inner, Attr):
        return None
    named: set[Term | None] = set()
    for value in known.resolver.inference.infer(inner.base, full):
        if isinstance(value, (InstanceValue, ClassValue)):
            owners = (value.full, *(known.symbols.below(value.full) if value.own else ()))
            named.update(_named(known, owner, inner.name) for owner in owners)
    return named.pop() if len(named) == 1 else None


def _named(known: Knowledge, owner: str, name: str) -> Term | None:
    stores = known.symbols.attribute(owner, name)
    given = strip(stores[0][2]) if stores else None
    symbol = known.symbols.lookup(given.name) if isinstance(given, Ref) else None
    made = isinstance(symbol, VariableSymbol) and isinstance(symbol.value, Invoke) and name_of(symbol.value.func) == "Table"
    return Ref(symbol.full) if made and isinstance(symbol, VariableSymbol) else None
