"""Statements of a Python file that make a unique index of a model declared elsewhere: what the model is, the columns, the condition."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from session_lint.clients.schema_reader import SchemaText
from session_lint.clients.unique_conditions import of_text
from session_lint.facts.schema import Declared, UniqueSet

_THROUGH = ("__table__", "c", "columns")  # between a model and its column
_PYTHON = ((r" == None\b|\.is_null\(\)", " IS NULL"), (r" != None\b", " IS NOT NULL"), (r" == ", " = "), (r" & ", " AND "))


def calls_in(text: SchemaText) -> Iterator[ast.Call]:
    """The calls of a Python file, none for a file that is not read."""
    if not text.path.endswith(".py") or b"unique" not in text.data:
        return
    try:
        tree = ast.parse(text.data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    names = _names(tree, text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _names(tree: ast.Module, text: SchemaText) -> dict[str, str]:
    """What the names of a module stand for: what it imports, its classes and variables."""
    package = text.module if text.path.endswith("__init__.py") else text.module.rpartition(".")[0]
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join(filter(None, (*above, node.module)))
            found.update({one.asname or one.name: f"{source}.{one.name}" for one in node.names})
        elif isinstance(node, ast.Import):
            found.update({one.asname: one.name for one in node.names if one.asname})
    made = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    made += [one.id for node in tree.body if isinstance(node, ast.Assign) for one in node.targets if isinstance(one, ast.Name)]
    return {**found, **{name: f"{text.module}.{name}" for name in made}}


def index_of(path: str, call: ast.Call, columns: Sequence[ast.expr], condition: ast.expr | None, model: str = "") -> Declared | None:
    """The index that a call makes if it is unique, of the model that it names or that its columns are of; None for none."""
    unique = given(call, "unique")
    parts = [_column(one) for one in columns]
    owners = {owner for owner, _ in parts if owner} | ({model} if model else set())
    if unique is None or (isinstance(unique, ast.Constant) and not unique.value) or len(owners) != 1:
        return None
    names = tuple(name for _, name in parts if name)
    (owner,) = owners
    if len(names) != len(parts) or not names or not isinstance(unique, ast.Constant):
        return Declared(path, owner, partly=True, gaps=(f"`{dotted(call.func).rpartition('.')[2]}`",))
    shown = "" if condition is None else _condition(condition)
    same = given(call, "postgresql_nulls_not_distinct")
    null_too = isinstance(same, ast.Constant) and bool(same.value)
    made = UniqueSet(names, "a unique index", "", shown, of_text(shown) if shown else (), null_too=null_too)
    return Declared(path, owner, unique=(made,), partly=True, row=call.lineno)


def given(call: ast.Call, *names: str) -> ast.expr | None:
    """The first argument of these names that a call has."""
    return next((one.value for name in names for one in call.keywords if one.arg == name), None)


def dotted(node: ast.expr) -> str:
    """A dotted name as it is written, "" for anything else."""
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return node.id if isinstance(node, ast.Name) else ""


def _column(node: ast.expr) -> tuple[str, str]:
    """The model and the column: `Cart.owner`, `Cart.__table__.c.owner`, `carts.c.owner.desc()`, `func.lower(Cart.owner)`."""
    if isinstance(node, ast.Call):
        inner = node.args[0] if node.args else node.func.value if isinstance(node.func, ast.Attribute) else node.func
        return _column(inner)
    owner, _, name = dotted(node).rpartition(".")
    parts = owner.split(".")
    while parts[-1] in _THROUGH:
        parts.pop()
    return (".".join(parts), name) if owner else ("", "")


def _condition(node: ast.expr) -> str:
    """A condition as SQL has it, as far as it can be told."""
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        node = node.args[0]
    if isinstance(node, ast.Constant):
        return str(node.value)
    shown = ast.unparse(node)
    for owner in {dotted(one) for one in ast.walk(node) if isinstance(one, ast.Attribute)}:
        shown = shown.replace(owner, owner.rpartition(".")[2])
    for python, sql in _PYTHON:
        shown = re.sub(python, sql, shown)
    return shown
