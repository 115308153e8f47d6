"""Which attribute names are relations of the project's mapped classes: a set of the same methods may have any other name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Const, Invoke, Op, Term, dotted

_OF_A_LIBRARY = {"groups", "user_permissions", "permissions"}  # of the users and groups that come with Django
_MANY = ("manytomany", "taggable")
_ONE = ("foreignkey", "genericrelation")


def relations(indexes: Iterable[ModuleIndex]) -> frozenset[str]:
    """The relations that classes declare, by either end's name."""
    return frozenset(_OF_A_LIBRARY).union(
        name for index in indexes for cls in index.classes for attribute, value in cls.attributes for name in _names(attribute, value)
    )


def _names(attribute: str, value: Term) -> Iterator[str]:
    """The names that one field gives: its own when it holds many records, and the one that it has from the other side."""
    annotation = value.operands[0] if isinstance(value, Op) and value.kind == "annotation" and value.operands else None
    field = annotation if annotation is not None else value
    kind = (dotted(field.func if isinstance(field, Invoke) else field) or "").rsplit(".", 1)[-1].lower()
    many = any(part in kind for part in _MANY)
    if many or kind == "genericrelation":
        yield attribute
    other = field.kwarg("related_name") if isinstance(field, Invoke) and (many or any(part in kind for part in _ONE)) else None
    if isinstance(other, Const) and isinstance(other.value, str):
        yield other.value
