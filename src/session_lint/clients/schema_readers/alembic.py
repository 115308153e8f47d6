"""Alembic migrations: what they make unique, and what they take away again. What a `downgrade` does is not done."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from session_lint.clients.schema_reader import SchemaReader, SchemaText
from session_lint.clients.unique_conditions import of_text
from session_lint.facts.schema import Declared, UniqueSet

_CALLS = frozenset({"create_table", "create_index", "create_unique_constraint", "create_primary_key"})
_DROPS = frozenset({"drop_constraint", "drop_index"})
_WHOLE = frozenset({"drop_table", "rename_table"})
_PARTS = ("Column", "UniqueConstraint", "PrimaryKeyConstraint", "Index")
_NAMES = 3  # one for another
_WHERE = ("postgresql_where", "sqlite_where", "mssql_where")


class Alembic(SchemaReader):
    """The operations of `op`, and of `batch_alter_table`."""

    words: ClassVar[tuple[bytes, ...]] = (b"down_revision", b"op.create_")  # a step that makes nothing unique stands between others

    def of_text(self, text: SchemaText) -> Iterator[Declared]:
        """What each operation makes."""
        if not text.path.endswith(".py") or b"alembic" not in text.data:
            return
        try:
            tree = ast.parse(text.data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        tree = _Spread(tree).visit(tree)
        step, after = _step(tree)
        if step:
            yield Declared(text.path, partly=True, step=step, after=after)
        for call, name, batch in _calls(tree):
            for one in _operation(call, name, batch, text.path):
                yield replace(one, step=step, after=after)


class _Spread(ast.NodeTransformer):
    """Writes out `*args` and `**options` of calls, where they are displays or names that are given one display in the file."""

    def __init__(self, tree: ast.Module) -> None:
        self._named: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(node, ast.Assign) and isinstance(target, ast.Name):
                self._named.setdefault(target.id, []).append(node.value)
            elif isinstance(node, ast.Assign) and isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                self._fill(target.value.id, target.slice, node.value)

    def _fill(self, name: str, key: ast.expr, value: ast.expr) -> None:
        """`options["unique"] = True`."""
        for shown in self._named.get(name, ()):
            if isinstance(shown, ast.Dict):
                shown.keys.append(key)
                shown.values.append(value)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.args = [part for arg in node.args for part in self._args(arg)]
        node.keywords = [part for one in node.keywords for part in self._keywords(one)]
        return node

    def _args(self, arg: ast.expr) -> list[ast.expr]:
        shown = self._shown(arg.value) if isinstance(arg, ast.Starred) else None
        return shown.elts if isinstance(shown, (ast.Tuple, ast.List)) else [arg]

    def _keywords(self, one: ast.keyword) -> list[ast.keyword]:
        shown = self._shown(one.value) if one.arg is None else None
        names = [_text(key) for key in shown.keys] if isinstance(shown, ast.Dict) else []
        if not isinstance(shown, ast.Dict) or not all(names):
            return [one]
        return [ast.keyword(name, value) for name, value in zip(names, shown.values, strict=True)]

    def _shown(self, node: ast.expr) -> ast.expr | None:
        for _ in range(_NAMES):
            given = self._named.get(node.id, []) if isinstance(node, ast.Name) else [node]
            if len(given) != 1:
                return None
            if given[0] is node:
                return node
            node = given[0]
        return None


def _step(tree: ast.Module) -> tuple[str, tuple[str, ...]]:
    """The revision, and those that it comes after."""
    values: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            values[node.target.id] = node.value
    below = [values.get("down_revision"), values.get("depends_on")]
    return _text(values.get("revision")), tuple(name for one in below for name in _columns([one]) or ())


def _calls(node: ast.AST, batches: tuple[tuple[str, str], ...] = ()) -> Iterator[tuple[ast.Call, str, str]]:
    """The calls of methods with the table of the batch they are part of, in their order; none of what takes the step back."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and child.name.startswith("downgrade"):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            on = child.func.value.id if isinstance(child.func.value, ast.Name) else ""
            yield child, child.func.attr, dict(batches).get(on, "")
        yield from _calls(child, (*batches, *_batches(child)))


def _batches(node: ast.AST) -> Iterator[tuple[str, str]]:
    """`with op.batch_alter_table("cart") as batch:`: the table by the name."""
    for item in node.items if isinstance(node, (ast.With, ast.AsyncWith)) else ():
        call = item.context_expr
        if isinstance(call, ast.Call) and _last(call.func) == "batch_alter_table" and isinstance(item.optional_vars, ast.Name):
            yield item.optional_vars.id, _text(_given(call, 0, "table_name"))


def _operation(call: ast.Call, name: str, batch: str, path: str) -> Iterator[Declared]:
    if name == "create_table":
        yield _table(call, path)
    elif name in _CALLS:
        yield from _added(call, name, batch, path)
    elif name in _DROPS:
        table = batch or _text(_given(call, 1, "table_name"))
        yield Declared(path, table=table.lower(), drops=(_text(_given(call, 0, "name")),), partly=True)
    elif name in _WHOLE:
        table, becomes = _text(_given(call, 0, "old_table_name")), _text(_given(call, 1, "new_table_name"))
        yield Declared(path, table=table.lower(), gone=name == "drop_table", becomes=becomes.lower(), partly=True)


def _added(call: ast.Call, name: str, batch: str, path: str) -> Iterator[Declared]:
    at = 1 if batch else 2
    table = batch or _text(_given(call, 1, "table_name"))
    columns = _columns([_given(call, at, "columns")])
    if not table or (name == "create_index" and not _is_unique(call)):
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
        if not isinstance(arg, ast.Call) or name not in _PARTS:
            continue
        if name == "Column":
            column = _text(arg.args[0] if arg.args else None)
            columns.append(column)
            sets += [UniqueSet((column,), "unique=True")] if _is_true(_keyword(arg, "unique")) else []
            primary += [column] if _is_true(_keyword(arg, "primary_key")) else []
        elif name == "UniqueConstraint":
            sets += [UniqueSet(found, name, _text(_keyword(arg, "name")))] if (found := _columns(list(arg.args))) else []
        elif name == "Index":
            name = _text(_given(arg, 0, "name"))
            sets += _made(_columns(list(arg.args[1:])), "a unique index", name, _condition(arg))[0] if _is_unique(arg) else ()
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


def _is_unique(index: ast.Call) -> bool:
    return _is_true(_keyword(index, "unique"))


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
