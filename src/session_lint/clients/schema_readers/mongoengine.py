"""MongoEngine documents: fields, `unique_with`, the indexes of `meta`.

From MongoEngine's guide: `unique_with` makes the field and the others unique together; the indexes of `meta` are a list of texts,
tuples and mappings with `fields`; the indexes of a base are those of a class below it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.schema_reader import ModelClass, SchemaReader, listed, table_name
from session_lint.clients.unique_conditions import columns_of, is_true, last
from session_lint.facts.effects import PRESENT
from session_lint.facts.schema import Declared, Table, UniqueSet
from session_lint.facts.terms import Const, Invoke, Mapping, Sequence, Term, strip

_PART = re.compile(r"(?<!^)(?=[A-Z])")


class Mongoengine(SchemaReader):
    """Classes below `Document`."""

    roots: ClassVar[str] = r"(?:flask_)?mongoengine\.(?:\w+\.)*(?:MongoEngine\(\)\.)?(?:Dynamic)?(?:Embedded)?Document"
    plain: ClassVar[str] = r"builtins\.object|abc\.ABC|typing\.Generic|flask_login\.\w*UserMixin"

    def of_class(self, cls: ModelClass) -> Declared:
        """The fields that say that they are unique, and the indexes."""
        meta = cls.value("meta")
        options = dict(_entries(cls.settled(meta))) if meta is not None else {}
        fields = cls.calls(lambda call: last(call.func).endswith("Field"))
        sets = [*_fields(fields), *_indexes(options.get("indexes"))]
        return Declared(
            cls.path,
            cls.full,
            table=table_name(options.get("collection"), _PART.sub("_", cls.full.rpartition(".")[2]).lower()),
            columns=tuple(name for name, _ in fields),
            primary=tuple(name for name, call in fields if is_true(call.kwarg("primary_key"))),
            unique=tuple(one for one in sets if one is not None),
            abstract=is_true(options.get("abstract")),
            implicit="id",
            gaps=("`meta`",) if None in sets or (meta is not None and not isinstance(cls.settled(meta), Mapping)) else (),
        )

    def declaring(self, table: Table, wanted: UniqueSet) -> str:
        """An index of `meta`; a filter is written by hand."""
        return f'`{{"fields": [{listed(wanted.columns)}], "unique": True}}` among the `indexes` of the `meta` of `{table.title}`'


def _entries(term: Term) -> Iterator[tuple[str, Term]]:
    for key, value in term.entries if isinstance(term, Mapping) else ():
        if isinstance(key, Const) and isinstance(key.value, str):
            yield key.value, strip(value)


def _fields(fields: list[tuple[str, Invoke]]) -> Iterator[UniqueSet | None]:
    for name, call in fields:
        others, unique = call.kwarg("unique_with"), call.kwarg("unique")
        columns = columns_of((others,)) if others is not None else ()
        if columns is None or (unique is not None and not isinstance(unique, Const)):
            yield None
        elif columns or is_true(unique):
            sparse = is_true(call.kwarg("sparse"))
            yield _set((name, *columns), "unique_with" if columns else "unique=True", name, sparse=sparse)


def _indexes(value: Term | None) -> Iterator[UniqueSet | None]:
    """Those of `meta` that are unique; None for what is not understood."""
    if value is None:
        return
    if not isinstance(value, Sequence):
        yield None
        return
    for item in map(strip, value.items):
        if isinstance(item, Mapping):
            given = dict(_entries(item))
            columns = columns_of((given["fields"],)) if "fields" in given else None
            if given.get("unique") is not None and not (columns and isinstance(given["unique"], Const)):
                yield None
            elif columns and is_true(given.get("unique")):
                names = tuple(name.lstrip("+-") for name in columns)
                condition = "partialFilterExpression" in given
                yield _set(names, "a unique index", "meta", sparse=is_true(given.get("sparse")), partial=condition)
        elif not isinstance(item, (Const, Sequence)):
            yield None


def _set(columns: tuple[str, ...], how: str, where: str, *, sparse: bool, partial: bool = False) -> UniqueSet:
    if partial:
        return UniqueSet(columns, how, where, "a condition", null_too=True)
    when = tuple((name, PRESENT) for name in columns) if sparse else ()
    return UniqueSet(columns, how, where, "it has them" if sparse else "", when, null_too=True)
