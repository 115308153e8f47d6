"""SQLAlchemy, SQLModel and Flask-SQLAlchemy: declarative classes, mixins, Core tables.

From SQLAlchemy's documentation: all columns with `primary_key=True` make one key; `unique=True` of a column is a constraint, of an index it
makes the index unique; `__table_args__` of a mixin counts where the class has none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from session_lint.clients.index_statements import calls_in, dotted, given, index_of
from session_lint.clients.schema_reader import ModelClass, ModelValue, SchemaReader, SchemaText, Values, listed, sql_condition, table_name
from session_lint.clients.unique_conditions import columns_of, is_false, is_true, last, of_term, shown
from session_lint.facts.schema import Column, Declared, Table, UniqueSet
from session_lint.facts.terms import Const, Invoke, Mapping, Term, show, strip

_COLUMNS = ("Column", "mapped_column", "Field", "column")
_NO_COLUMN = (
    "relationship",
    "Relationship",
    "backref",
    "association_proxy",
    "synonym",
    "column_property",
    "composite",
    "deferred",
    "Index",
)
_FLAGS = ("unique", "primary_key", "nullable")
_WHERE = ("postgresql_where", "sqlite_where", "mssql_where")
_LONG = ("Text", "UnicodeText", "TEXT", "MEDIUMTEXT", "LONGTEXT", "JSON", "JSONB", "LargeBinary", "BLOB", "BYTEA", "PickleType")
_SNAKE = re.compile(r"(?<!^)(?=[A-Z])")


class Sqlalchemy(SchemaReader):
    """Classes below a declarative base, and `Table(...)` of a module."""

    roots: ClassVar[str] = (
        r"sqlalchemy\.(?:orm\.)?(?:\w+\.)*(?:DeclarativeBase(?:NoMeta)?|declarative_base\(\)|automap_base\(\))|sqlmodel\.(?:main\.)?SQLModel"
        r"|sqlalchemy\.(?:\w+\.)*registry\(\)\.generate_base\(\)|sqlalchemy\.(?:\w+\.)*as_declarative(?:\(\))?"
        r"|flask_sqlalchemy\.(?:\w+\.)*SQLAlchemy\(\)\.(?:Model|make_declarative_base\(\))|advanced_alchemy\..*"
    )
    plain: ClassVar[str] = (
        r"sqlalchemy\.(?:\w+\.)*(?:MappedAsDataclass|AsyncAttrs)|flask_login\.\w*UserMixin|flask_security\.(?:User|Role)Mixin"
        r"|builtins\.object|abc\.ABC|typing\.Generic|pydantic\.BaseModel|enum\.\w+|werkzeug\..*"
    )

    columns: ClassVar[str] = r"(?:flask_)?sqlalchemy\.(?:\w+(?:\(\))?\.)*(?:Column|mapped_column)"
    words: ClassVar[tuple[bytes, ...]] = (b"Index(",)
    same_null: ClassVar[str] = "`postgresql_nulls_not_distinct=True` (SQLAlchemy 2.0.16, PostgreSQL 15)"

    def of_class(self, cls: ModelClass) -> Declared:
        """The columns that say that they are unique, and the arguments of the table."""
        columns = list(_columns(cls.values, cls))
        noted = tuple(name for name, _ in cls.noted if not name.startswith("_"))
        args = cls.value("__table_args__")
        if args is None:
            args = cls.results.get("__table_args__")
        named = {name: attribute for attribute, column in columns if (name := _name(column))}
        inside = [call for _, value in cls.values if isinstance(call := strip(value), Invoke) and last(call.func) == "Index"]
        indexes, unclear = _arguments(inside, "Index", named)
        sets, gaps = _arguments(cls.parts(cls.settled(args)) if args is not None else (), "__table_args__", named)
        table = cls.value("__tablename__")
        table = cls.results.get("__tablename__") if table is None else table
        declared = cls.value("__table__")
        if isinstance(declared, Invoke) and last(declared.func) == "Table":
            return _table(declared, cls.path, cls.full)
        return Declared(
            cls.path,
            cls.full,
            table=table_name(table, _snake(cls.full)),
            apart=table is not None,
            columns=tuple(dict.fromkeys((*(name for name, _ in columns), *noted))),
            kinds=tuple(Column(name, _empty(column, dict(cls.noted).get(name)), long=_is_long(column)) for name, column in columns),
            primary=tuple(name for name, column in columns if _is(column, "primary_key")),
            unique=(*_unique(columns), *indexes),
            options=sets,
            own_options=args is not None,
            carries=("__table_args__",) if args is not None else (),
            abstract=is_true(cls.value("__abstract__")),
            gaps=(*gaps, *unclear, *(("`__table_args__`",) if "__table_args__" in cls.unclear else ())),
            unsure=_unsure(columns),
        )

    def of_text(self, text: SchemaText) -> Iterator[Declared]:
        """`Index("one_each", Cart.owner, Cart.shop, unique=True)` after the class."""
        for call in calls_in(text) if b"sqlalchemy" in text.data else ():
            if dotted(call.func).rpartition(".")[2] == "Index":
                made = index_of(text.path, call, call.args[1:], given(call, *_WHERE))
                yield from (made,) if made is not None else ()

    def declaring(self, table: Table, wanted: UniqueSet) -> str:
        """An argument of the table."""
        where = f"in `{table.title}.__table_args__`"
        if not wanted.when and not wanted.folded:
            return f"`UniqueConstraint({listed(wanted.columns)})` {where}"
        columns = ", ".join(f'text("lower({name})")' if name in wanted.folded else f'"{name}"' for name in wanted.columns)
        condition = f', postgresql_where=text("{sql_condition(wanted.when)}")' if wanted.when else ""
        return f"`Index(..., {columns}, unique=True{condition})` {where}"

    def of_value(self, value: ModelValue) -> Declared | None:
        """`orders = Table("orders", metadata, Column(...))`."""
        call = strip(value.value)
        if not isinstance(call, Invoke) or last(call.func) != "Table" or len(call.args) < 3:
            return None
        return _table(call, value.path, value.full)


def _table(call: Invoke, path: str, full: str) -> Declared:
    name = call.args[0] if call.args else None
    columns = [(_name(arg), arg) for arg in map(strip, call.args) if isinstance(arg, Invoke) and last(arg.func) in _COLUMNS]
    others = [arg for arg in call.args[2:] if not (isinstance(arg, Invoke) and last(arg.func) in _COLUMNS)]
    sets, gaps = _arguments(others, full.rpartition(".")[2], {})
    return Declared(
        path,
        full,
        table=table_name(name, ""),
        columns=tuple(name for name, _ in columns if name),
        primary=tuple(name for name, column in columns if name and _is(column, "primary_key")),
        unique=tuple(_unique(columns)),
        options=sets,
        gaps=gaps,
        unsure=_unsure(columns),
    )


def _snake(full: str) -> str:
    """The name that Flask-SQLAlchemy gives a table; SQLModel's is the same without underscores, which `Schema.of_name` does not see."""
    return _SNAKE.sub("_", full.rpartition(".")[2]).lower()


def _columns(values: Values, cls: ModelClass) -> Iterator[tuple[str, Invoke]]:
    for name, value in values:
        call = strip(cls.settled(value))
        if isinstance(call, Invoke) and last(call.func) == "deferred" and call.args:
            call = strip(call.args[0])
        if isinstance(call, Invoke) and not name.startswith("__") and _is_column(call):
            yield name, call
    for name, value in cls.results.items():  # `@declared_attr def id(cls): return Column(...)`
        call = strip(value)
        if isinstance(call, Invoke) and last(call.func) in ("Column", "mapped_column"):
            yield name, call


def _is_column(call: Invoke) -> bool:
    name = last(call.func)
    if name in _NO_COLUMN:
        return False
    return (
        name in _COLUMNS or name.lower().endswith("column") or any(key in ("unique", "primary_key", "nullable") for key, _ in call.kwargs)
    )


def _empty(column: Invoke, note: Term | None) -> bool:
    """Whether it may be NULL: said, or so by the annotation; a `Column` may be where nothing is said."""
    told = column.kwarg("nullable")
    if told is not None or _is(column, "primary_key"):
        return is_true(told)
    if note is not None:
        return bool(re.search(r"Optional|None", show(note, 200)))
    return last(column.func) == "Column"


def _is_long(column: Invoke) -> bool:
    """Whether a type without a length is given."""
    given = (strip(one) for one in (*column.args[:2], *(value for key, value in column.kwargs if key in ("type_", "sa_type"))))
    return any(last(one.func if isinstance(one, Invoke) else one) in _LONG for one in given)


def _name(column: Invoke) -> str:
    """The name of a column in the database, where it is given."""
    first = strip(column.args[0]) if column.args else column.kwarg("name")
    return first.value if isinstance(first, Const) and isinstance(first.value, str) else ""


def _is(column: Invoke, name: str) -> bool:
    """Whether a column says so, also one inside `Field(sa_column=Column(...))`."""
    inner = column.kwarg("sa_column")
    return is_true(column.kwarg(name)) or (isinstance(inner, Invoke) and _is(inner, name))


def _unique(columns: Iterable[tuple[str, Invoke]]) -> Iterator[UniqueSet]:
    for name, column in columns:
        if name and _is(column, "unique"):
            yield UniqueSet((name,), "unique=True", name)


def _unsure(columns: Iterable[tuple[str, Invoke]]) -> tuple[str, ...]:
    """The columns of which something that is computed says whether they are unique."""
    asked = ((name, column.kwarg(flag)) for name, column in columns for flag in ("unique", "primary_key"))
    return tuple(name for name, given in asked if given is not None and not isinstance(given, Const))


def _arguments(parts: Iterable[Term], where: str, named: dict[str, str]) -> tuple[tuple[UniqueSet, ...], tuple[str, ...]]:
    """The unique sets among the arguments of a table. `named`: attributes by the name of their column."""
    found: list[UniqueSet] = []
    gaps: list[str] = []
    for one in parts:
        made = _argument(one, where)
        if made is None:
            gaps.append(f"`{where}`")
        elif made.columns:
            columns = tuple(named.get(name, name) for name in made.columns)
            found.append(UniqueSet(columns, made.how, made.where, made.condition, made.when, made.expression, made.null_too))
    return tuple(found), tuple(dict.fromkeys(gaps))


def _argument(one: Term, where: str) -> UniqueSet | None:
    """A unique set; one without columns for what makes nothing unique; None for what is not understood."""
    if isinstance(one, (Mapping, Const)):
        return UniqueSet((), "")
    name = last(one.func) if isinstance(one, Invoke) else ""
    if not isinstance(one, Invoke) or not name:
        return None
    unique, same = one.kwarg("unique"), is_true(one.kwarg("postgresql_nulls_not_distinct"))
    if name == "UniqueConstraint" or name == "PrimaryKeyConstraint":
        columns = columns_of(one.args)
        return UniqueSet(columns, name, where, null_too=same) if columns else None
    if name != "Index":
        return UniqueSet((), name) if name[:1].isupper() else None
    if unique is None or is_false(unique):
        return UniqueSet((), name)
    columns = columns_of(one.args[1:])
    condition = next((found for key in _WHERE if (found := one.kwarg(key)) is not None), None)
    if not columns:
        return None
    return (
        UniqueSet(columns, "a unique index", where, null_too=same)
        if condition is None
        else UniqueSet(columns, "a unique index", where, shown(condition), of_term(condition), null_too=same)
    )
