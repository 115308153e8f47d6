"""The fields of a mapped class that lead to records of another one, and the name that these have for its rows."""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.facts.terms import Const, Invoke, Term, dotted, strip

_MODELS = ".models"

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


def other_name(field: Invoke, owner: str, options: Mapping[str, Term]) -> str:
    """The name of the rows on the other side: `related_name`, or the one that Django and peewee give. `owner`: the class that has the
    field, perhaps from an abstract one above it, by its full name; `options`: what is in its `Meta`."""
    last = owner.rpartition(".")[2].lower()
    given = field.kwarg("related_name") or field.kwarg("backref") or options.get("default_related_name")
    if not isinstance(given, Const) or not isinstance(given.value, str):
        return f"{last}_set"
    return given.value.replace("%(class)s", last).replace("%(model_name)s", last).replace("%(app_label)s", application(owner))


def is_abstract(options: Mapping[str, Term]) -> bool:
    """Whether the classes below a class have its fields, and it has no table."""
    return options.get("abstract") == Const(value=True)


def application(full: str) -> str:
    """The label of the application of a model, by Django's default: the package around its models."""
    head, _, _ = f"{full}.".partition(f"{_MODELS}.")
    return head.rpartition(".")[2] if len(head) <= len(full) else ""
