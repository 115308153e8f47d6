"""peewee models: fields, `Meta.indexes`, composite keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.field_kinds import kind
from session_lint.clients.index_statements import calls_in, dotted, given, index_of
from session_lint.clients.schema_reader import ModelClass, SchemaReader, SchemaText, listed, table_name
from session_lint.clients.unique_conditions import columns_of, is_false, is_true, last
from session_lint.facts.schema import Declared, Table, UniqueSet
from session_lint.facts.terms import Const, Invoke, Sequence, Term, show, strip

_KEYS = ("PrimaryKeyField", "AutoField", "BigAutoField", "IdentityField")


class Peewee(SchemaReader):
    """Classes below `peewee.Model`."""

    roots: ClassVar[str] = r"(?:peewee|playhouse\.\w+)\.\w*Model|(?:playhouse|peewee)\.\w+\.FlaskDB\(\)\.Model"
    plain: ClassVar[str] = r"builtins\.object|abc\.ABC|playhouse\.signals\.Model"

    words: ClassVar[tuple[bytes, ...]] = (b".add_index(", b".index(", b"ModelIndex(")

    def of_class(self, cls: ModelClass) -> Declared:
        """The fields that say that they are unique, and the options."""
        options, fields = cls.options(), cls.calls(_is_field)
        composite = strip(options["primary_key"]) if "primary_key" in options else None
        primary = columns_of(composite.args) if isinstance(composite, Invoke) else None
        named = options.get("table_name", options.get("db_table"))
        indexes = list(_indexes(options.get("indexes")))
        return Declared(
            cls.path,
            cls.full,
            table=table_name(named, cls.full.rpartition(".")[2].lower()),
            columns=tuple(name for name, _ in fields),
            kinds=tuple(kind(name, call) for name, call in fields),
            primary=primary or tuple(name for name, call in fields if is_true(call.kwarg("primary_key")) or last(call.func) in _KEYS),
            unique=tuple(UniqueSet((name,), "unique=True", name) for name, call in fields if _is_unique(call)),
            options=tuple(one for one in indexes if one is not None),
            carries=tuple(options),
            implicit="" if composite is not None and is_false(composite) else "id",
            gaps=("`indexes`",) if None in indexes else ("`constraints`",) if "constraints" in options else (),
        )

    def of_text(self, text: SchemaText) -> Iterator[Declared]:
        """`Cart.add_index(Cart.owner, Cart.shop, unique=True)`, `Cart.index(...)`, `ModelIndex(Cart, [...])`, after the class."""
        calls = list(calls_in(text)) if b"peewee" in text.data else []
        where = {
            id(one.func.value): one.args[0]
            for one in calls
            if isinstance(one.func, ast.Attribute) and one.func.attr == "where" and one.args
        }
        for call in calls:
            owner, _, name = dotted(call.func).rpartition(".")
            columns = call.args
            if name == "ModelIndex" and len(call.args) > 1:
                listing = call.args[1]
                owner, columns = dotted(call.args[0]), listing.elts if isinstance(listing, (ast.List, ast.Tuple)) else [listing]
            elif name not in ("add_index", "index") or not owner:
                continue
            made = index_of(text.path, call, columns, given(call, "where") or where.get(id(call)), owner)
            yield from (made,) if made is not None else ()

    def declaring(self, table: Table, wanted: UniqueSet) -> str:
        """An index: also for one field, for of a foreign key `unique=True` would change what its other side gives."""
        title, columns = table.title, wanted.columns
        if wanted.when or wanted.folded:
            over = ", ".join(f"fn.LOWER({title}.{name})" if name in wanted.folded else f"{title}.{name}" for name in columns)
            where = " & ".join(f"({title}.{name}{_is(value)})" for name, value in wanted.when)
            return f"`{title}.add_index({over}, unique=True{f', where={where}' if where else ''})`"
        return f"`indexes = ((({listed(columns)}{',' if len(columns) == 1 else ''}), True),)` in the `Meta` of `{title}`"


def _is(value: Term) -> str:
    if isinstance(value, Sequence):
        return f".in_({show(value, 40)})"
    return ".is_null()" if value == Const(None) else f" == {show(value, 30)}"


def _is_field(call: Invoke) -> bool:
    return last(call.func).endswith(("Field", "ForeignKey")) or any(key in ("unique", "primary_key") for key, _ in call.kwargs)


def _is_unique(call: Invoke) -> bool:
    """`unique=True`, or the word among the `constraints` of a field."""
    given = call.kwarg("constraints")
    parts = [strip(item) for item in given.items] if isinstance(given, Sequence) else []
    texts = [str(one.args[0].value) for one in parts if isinstance(one, Invoke) and one.args and isinstance(one.args[0], Const)]
    return is_true(call.kwarg("unique")) or any(text.strip().upper().startswith(("UNIQUE", "PRIMARY KEY")) for text in texts)


def _indexes(value: Term | None) -> Iterator[UniqueSet | None]:
    """`((("user", "shop"), True), ...)`: the unique ones; None for what is not understood."""
    if value is None:
        return
    if not isinstance(value, Sequence):
        yield None
        return
    for item in map(strip, value.items):
        match item:
            case Sequence(_, (names, Const(bool(unique)))):
                columns = columns_of((names,))
                if unique:
                    yield UniqueSet(columns, "a unique index", "Meta") if columns else None
            case Sequence():
                pass
            case _:
                yield None
