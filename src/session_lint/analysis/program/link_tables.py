"""The tables that a library makes by itself for relations of many to many: one row for each two that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from session_lint.facts.schema import Declared, Link, Table, UniqueSet

_IDENTITY = "id"


def link_tables(own: Declared, above: Sequence[Declared]) -> Iterator[Table]:
    """Those of a class, and of the abstract classes above it, nearest first, up to one that has a table itself."""
    for one in (own, *takewhile(lambda each: each.abstract, above)):
        for link in one.links:
            columns = _columns(own.model.rpartition(".")[2], link)
            sets = (UniqueSet((_IDENTITY,), "the primary key"), UniqueSet(columns, "a relation of many to many"))
            yield Table(link.table or f"{own.table}_{link.name}".lower(), f"{one.model}.{link.name}", one.path, (_IDENTITY, *columns), sets)


def _columns(model: str, link: Link) -> tuple[str, str]:
    """From Django's documentation of `ManyToManyField`: both by the names of the models, of a model with itself `from_` and `to_`."""
    if link.target.lower() in ("self", model.lower()):
        return f"from_{model}_id".lower(), f"to_{model}_id".lower()
    return f"{model}_id".lower(), f"{link.target}_id".lower()
