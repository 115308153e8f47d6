"""Reading a property is a call that has no parentheses: what is called is the `fget` of the attribute."""

from __future__ import annotations

from session_lint.facts.module_index import FunctionIndex
from session_lint.facts.terms import Attr, Invoke, Term, dotted

_FGET = "fget"
_OF_OBJECTS = frozenset({"property", "cached_property", "abstractproperty"})
OF_CLASSES = frozenset({"classproperty", "cached_classproperty"})


def is_read_by_objects(function: FunctionIndex) -> bool:
    """Whether reading an attribute of an object runs the function."""
    names = {(dotted(one.func if isinstance(one, Invoke) else one) or "").rpartition(".")[2] for one in function.decorators}
    return function.owner is not None and not names.isdisjoint(_OF_OBJECTS | OF_CLASSES)


def read_call(place: Attr) -> Attr:
    """What is called when an attribute is read that may be a property."""
    return Attr(place, _FGET)


def place_read(func: Term) -> Attr | None:
    """The attribute whose reading a call is; None of a call that is written."""
    return func.base if isinstance(func, Attr) and func.name == _FGET and isinstance(func.base, Attr) else None
