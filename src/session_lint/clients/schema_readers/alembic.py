"""Alembic migrations: what they make unique. What a later one drops again still counts: a table is at least once known to have had it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import ClassVar

from session_lint.clients.schema_reader import SchemaReader, SchemaText
from session_lint.clients.unique_conditions import of_text
from session_lint.facts.schema import Declared, UniqueSet

_CALLS = frozenset({"create_table", "create_index", "create_unique_constraint", "create_primary_key"})
_WHERE = ("postgresql_where", "sqlite_where", "mssql_where")


class Alembic(SchemaReader):
    """The operations of `op`, and of `batch_alter_table`."""

    words: ClassVar[tuple[bytes, ...]] = (
        b"op.create_unique_constraint(",
        b"op.create_index(",
        b"op.create_table(",
        b"op.create_primary_key(",
    )

    def of_text(self, text: SchemaText) -> Iterator[Declared]:
        """What each operation makes."""
        if not text.path.endswith(".py") or b"alembic" not in text.data:
            return
        try:
            tree = ast.parse(text.data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        batches = dict(_batches(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
                on = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
                yield from _operation(node, node.func.attr, batches.get(on, ""), text.path)


def _batches(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """`with op.batch_alter_table("cart") as batch:`: the table by the name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call) and isinstance(node.optional_vars, ast.Name):
            call = node.context_expr
            if isinstance(call.func, ast.Attribute) and call.func.attr == "batch_alter_table":
                yield node.optional_vars.id, _text(_given(call, 0, "table_name"))


def _operation(call: ast.Call, name: str, batch: str, path: str) -> Iterator[Declared]:
    if name == "create_table":
        yield _table(call, path)
        return
    at = 1 if batch else 2
    table = batch or _text(_given(call, 1, "table_name"))
    columns = _columns([_given(call, at, "columns")])
    if not table or (name == "create_index" and not _is_true(_keyword(call, "unique"))):
        return
    how = {"create_index": "a unique index", "create_primary_key": "the primary key"}.get(name, "UniqueConstraint")
    made, gaps = _made(columns, how, _text(_given(call, 0, "name")), _condition(call))
    yield Declared(path, table=table.lower(), unique=made, partly=True, row=call.lineno, gaps=gaps)


def _made(columns: tuple[str, ...] | None, how: str, name: str, condition: str) -> tuple[tuple[UniqueSet, ...], tuple[str, ...]]:
    if not columns:
        return (), (f"`{name}`" if name else how,)
    return (UniqueSet(columns, how, name, condition, of_text(condition) if condition else ()),), ()


def _table(call: ast.Call, path: str) -> Declared:
    columns: list[str] = []
    primary: list[str] = []
    sets: list[UniqueSet] = []
    for arg in call.args[1:]:
        name = _last(arg.func) if isinstance(arg, ast.Call) else ""
        if not isinstance(arg, ast.Call) or name not in ("Column", "UniqueConstraint", "PrimaryKeyConstraint"):
            continue
        if name == "Column":
            column = _text(arg.args[0] if arg.args else None)
            columns.append(column)
            sets += [UniqueSet((column,), "unique=True")] if _is_true(_keyword(arg, "unique")) else []
            primary += [column] if _is_true(_keyword(arg, "primary_key")) else []
        elif name == "UniqueConstraint":
            sets += [UniqueSet(found, name)] if (found := _columns(list(arg.args))) else []
        else:
            primary += _columns(list(arg.args)) or ()
    table = _text(call.args[0] if call.args else None)
    return Declared(path, table=table.lower(), columns=tuple(columns), primary=tuple(primary), unique=tuple(sets), row=call.lineno)


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _given(call: ast.Call, at: int, name: str) -> ast.expr | None:
    return call.args[at] if at < len(call.args) else _keyword(call, name)


def _text(node: ast.expr | None) -> str:
    """A text, also inside `op.f("...")` or `sa.text("...")`."""
    if isinstance(node, ast.Call) and node.args:
        return _text(node.args[0])
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _columns(nodes: Sequence[ast.expr | None]) -> tuple[str, ...] | None:
    """The columns that are named, one by one or in a list; None when one is not understood."""
    found: list[str] = []
    for node in nodes:
        if isinstance(node, (ast.List, ast.Tuple)):
            inner = _columns(node.elts)
            if inner is None:
                return None
            found += inner
        elif name := _text(node):
            found.append(name)
        else:
            return None
    return tuple(found)


def _condition(call: ast.Call) -> str:
    """The condition of a partial index; what is not a text is a condition that is not understood."""
    given = next((node for name in _WHERE if (node := _keyword(call, name)) is not None), None)
    return "" if given is None else _text(given) or "a condition"
