"""Tortoise ORM models: fields, `Meta.unique_together`, constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.field_kinds import kind
from session_lint.clients.schema_reader import ModelClass, SchemaReader, listed, table_name
from session_lint.clients.unique_conditions import columns_of, is_true, last
from session_lint.facts.schema import Declared, Table, UniqueSet
from session_lint.facts.terms import Const, Invoke, Sequence, Term, strip


class Tortoise(SchemaReader):
    """Classes below `tortoise.models.Model`."""

    roots: ClassVar[str] = r"tortoise\.(?:models\.)?Model"
    plain: ClassVar[str] = r"builtins\.object|abc\.ABC|typing\.Generic|tortoise\..*"

    def of_class(self, cls: ModelClass) -> Declared:
        """The fields that say that they are unique, and the options."""
        meta = cls.inner.get("Meta")
        options, fields = cls.options(), cls.calls(_is_field)
        table = options.get("table")
        sets = [*_together(options.get("unique_together")), *_constraints(options.get("constraints"))]
        return Declared(
            cls.path,
            cls.full,
            table=table_name(table, cls.full.rpartition(".")[2].lower()),
            columns=tuple(name for name, _ in fields),
            kinds=tuple(kind(name, call) for name, call in fields),
            primary=tuple(name for name, call in fields if is_true(call.kwarg("pk")) or is_true(call.kwarg("primary_key"))),
            unique=tuple(UniqueSet((name,), how, name) for name, call in fields if (how := _how(call))),
            options=tuple(one for one in sets if one is not None),
            own_options=meta is not None,
            extends=meta is not None and bool(meta.bases),
            carries=tuple(name for name in options if name != "abstract"),
            abstract=is_true(options.get("abstract")),
            implicit="id",
            gaps=("`Meta`",) if None in sets else (),
        )

    def declaring(self, table: Table, wanted: UniqueSet) -> str:
        """An option; a partial one is made by a migration."""
        if wanted.when or wanted.folded:
            return SchemaReader.declaring(self, table, wanted)
        comma = "," if len(wanted.columns) == 1 else ""
        return f"`unique_together = (({listed(wanted.columns)}{comma}),)` in the `Meta` of `{table.title}`"


def _is_field(call: Invoke) -> bool:
    return last(call.func).endswith(("Field", "Relation")) or any(key in ("unique", "pk", "primary_key") for key, _ in call.kwargs)


def _how(call: Invoke) -> str:
    if is_true(call.kwarg("unique")):
        return "unique=True"
    return "a one-to-one field" if "OneToOne" in last(call.func) else ""


def _together(value: Term | None) -> Iterator[UniqueSet | None]:
    """One set or several; None for what is not understood."""
    if value is None or value == Const(None):
        return
    if not isinstance(value, Sequence):
        yield None
        return
    parts = (value,) if all(isinstance(strip(item), Const) for item in value.items) else value.items
    for part in parts:
        columns = columns_of((part,))
        yield UniqueSet(columns, "unique_together", "Meta") if columns else None


def _constraints(value: Term | None) -> Iterator[UniqueSet | None]:
    if value is None:
        return
    for item in value.items if isinstance(value, Sequence) else (value,):
        call = strip(item)
        fields = call.kwarg("fields") if isinstance(call, Invoke) and last(call.func) == "UniqueConstraint" else None
        columns = columns_of((fields,)) if fields is not None else None
        yield UniqueSet(columns, "UniqueConstraint", "Meta") if columns else None
