"""Reading statements that declare tables, with sqlglot. Import it only when one is met."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from session_lint.clients.unique_conditions import of_text
from session_lint.facts.schema import Declared, UniqueSet

_NAMED = re.compile(r"\b(?:TABLE|ON)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+|ONLY\s+)*[\"`\[]?(?P<name>[\w.]+)", re.IGNORECASE)
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def declared(text: str, path: str, row: int) -> Iterator[Declared]:
    """What one statement declares; nothing where it says nothing of what is unique."""
    try:
        tree = sqlglot.parse_one(text, dialect="mysql" if "`" in text else "postgres")
    except (SqlglotError, RecursionError):
        yield from _gap(text, path, row)
        return
    match tree:
        case exp.Create(this=exp.Schema() as schema):
            yield _table(schema, path, row)
        case exp.Create(this=exp.Index() as index):
            yield from _index(index, path, row)
        case exp.Alter():
            yield from _altered(tree, path, row)
        case exp.Command():
            yield from _gap(text, path, row)


def _gap(text: str, path: str, row: int) -> Iterator[Declared]:
    """What is not understood, of the table that it names."""
    found = _NAMED.search(text)
    if found is not None and re.search(r"\bUNIQUE\b|\bPRIMARY\b", text, re.IGNORECASE):
        gap = f"a statement in {path}:{row}"
        yield Declared(path, table=found["name"].rpartition(".")[2].lower(), partly=True, row=row, gaps=(gap,))


def _name(table: exp.Expression | None) -> str:
    return table.name.lower() if table is not None else ""


def _table(schema: exp.Schema, path: str, row: int) -> Declared:
    columns: list[str] = []
    primary: list[str] = []
    sets: list[UniqueSet] = []
    for one in schema.expressions:
        if isinstance(one, exp.ColumnDef):
            columns.append(one.name)
            kinds = [constraint.kind for constraint in one.constraints]
            if any(isinstance(kind, exp.PrimaryKeyColumnConstraint) for kind in kinds):
                primary.append(one.name)
            if any(isinstance(kind, exp.UniqueColumnConstraint) for kind in kinds):
                sets.append(UniqueSet((one.name,), "UNIQUE"))
        elif isinstance(one, exp.PrimaryKey):
            primary += _columns(one)
        else:
            sets += _constraints(one)
    return Declared(path, table=_name(schema.this), columns=tuple(columns), primary=tuple(primary), unique=tuple(sets), row=row)


def _constraints(one: exp.Expression) -> Iterator[UniqueSet]:
    """`UNIQUE (a, b)`, with or without a name; of a table that is altered also `PRIMARY KEY (a)`."""
    for found in one.find_all(exp.UniqueColumnConstraint, exp.PrimaryKey):
        columns = _columns(found)
        if columns:
            yield UniqueSet(tuple(columns), "UNIQUE" if isinstance(found, exp.UniqueColumnConstraint) else "the primary key")


def _columns(one: exp.Expression) -> list[str]:
    """The columns of a list, in their order."""
    inner = one.this if isinstance(one.this, exp.Schema) else one
    return [name for part in inner.expressions if (name := _column(part))]


def _column(part: exp.Expression) -> str:
    column = part if isinstance(part, exp.Identifier) else part.find(exp.Column, exp.Identifier)
    return column.name if column is not None else ""


def _index(index: exp.Index, path: str, row: int) -> Iterator[Declared]:
    create = index.parent
    parameters = index.args.get("params")
    if not isinstance(create, exp.Create) or not create.args.get("unique") or parameters is None:
        return
    listed = parameters.args.get("columns") or ()
    columns = tuple(name for part in listed if (name := _column(part)))
    where = parameters.args.get("where")
    if not columns:
        return
    computed = any(part.find(exp.Func) is not None for part in listed)
    condition = where.this.sql("postgres") if where is not None else ""
    one = UniqueSet(columns, "a unique index", index.name, condition, of_text(condition) if condition else (), computed)
    yield Declared(path, table=_name(index.args.get("table")), unique=(one,), partly=True, row=row)


def _altered(tree: exp.Alter, path: str, row: int) -> Iterator[Declared]:
    sets = tuple(one for action in tree.args.get("actions") or () for one in _constraints(action))
    if sets:
        yield Declared(path, table=_name(tree.this), unique=sets, partly=True, row=row)
