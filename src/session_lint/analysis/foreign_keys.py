"""The fields of a mapped class that lead to records of another one, and the name that these have for its rows."""

from __future__ import annotations

from session_lint.facts.terms import Const, Invoke, Term, dotted, strip

FOREIGN = frozenset(
    {"ForeignKey", "OneToOneField", "ForeignKeyField", "TreeForeignKey", "ParentalKey", "OneToOneRelation", "ForeignKeyRelation"}
)


def foreign_key(term: Term) -> Invoke | None:
    """The field that a class attribute holds, where it is a foreign key."""
    field = strip(term)
    if not isinstance(field, Invoke):
        return None
    name = dotted(field.func) or ""
    return field if name.rpartition(".")[2] in FOREIGN else None


def other_name(field: Invoke, owner: str) -> str:
    """The name of the rows on the other side: `related_name`, or the one that Django and peewee give. `owner`: the class with the field."""
    given = field.kwarg("related_name") or field.kwarg("backref")
    if isinstance(given, Const) and isinstance(given.value, str):
        return given.value
    return f"{owner.rpartition('.')[2].lower()}_set"
