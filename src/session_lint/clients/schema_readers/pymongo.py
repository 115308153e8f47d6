"""MongoDB by PyMongo and Motor: the indexes that statements make of a collection.

From MongoDB's manual: two documents without a field have the same value for it, null; of a sparse index those that have none of its
fields are not a part. A collection has the fields that its indexes name, as far as anything says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.schema_reader import SchemaReader, SchemaText
from session_lint.facts.effects import PRESENT
from session_lint.facts.schema import Declared, UniqueSet
from session_lint.facts.terms import Const, Term

_ONE = ("create_index", "ensure_index")
_MANY = "create_indexes"
_DATABASES = ("db", "database", "mongo", "mongodb")
_NAMING = ("get_collection", "create_collection", "Collection")


class Pymongo(SchemaReader):
    """`db.users.create_index([("email", 1)], unique=True)`, `db["users"].create_indexes([IndexModel(...)])`."""

    words: ClassVar[tuple[bytes, ...]] = (b".create_index(", b".ensure_index(", b".create_indexes(")

    def of_text(self, text: SchemaText) -> Iterator[Declared]:
        """What each index makes unique, and which fields it names."""
        low = text.data.lower()
        if not text.path.endswith(".py") or (b"mongo" not in low and b"motor" not in low):
            return
        try:
            tree = ast.parse(text.data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        named = dict(_named(tree))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            collection = _collection(call.func.value, named)  # type: ignore[attr-defined]
            for index in _indexes(call) if collection else ():
                yield from _declared(index, collection, text.path, call.lineno)


def _named(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What is assigned a collection: `users = db["users"]`, `self.users = db.users`."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        collection = _collection(value, {}) if value is not None else ""
        for target in targets if collection else ():
            yield ast.unparse(target), collection


def _collection(node: ast.expr, named: dict[str, str]) -> str:
    """The name of the collection that an expression stands for, "" for any other."""
    if isinstance(node, ast.Await):
        return _collection(node.value, named)
    if isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) in named:
        return named[ast.unparse(node)]
    match node:
        case ast.Subscript(base, ast.Constant(str(name))) if _is_database(base):
            return name.lower()
        case ast.Attribute(base, name) if _is_database(base):
            return name.lower()
        case ast.Call(func, [*_, ast.Constant(str(name))]) if ast.unparse(func).rpartition(".")[2] in _NAMING:
            return name.lower()
    return ""


def _is_database(node: ast.expr) -> bool:
    if isinstance(node, (ast.Name, ast.Attribute)):
        return ast.unparse(node).rpartition(".")[2].lower().strip("_") in _DATABASES
    inner = node.func if isinstance(node, ast.Call) else node.value if isinstance(node, ast.Subscript) else None
    name = ast.unparse(inner).rpartition(".")[2].lower() if inner is not None else ""
    return name in ("get_database", "get_db", "client", "get_default_database")


def _indexes(call: ast.Call) -> Iterator[ast.Call]:
    """The calls whose arguments describe an index: the call itself, or each `IndexModel(...)` of a list."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in _ONE and len(call.args) <= 1:
        yield call
    elif name == _MANY and call.args and isinstance(call.args[0], ast.List):
        for one in call.args[0].elts:
            if isinstance(one, ast.Call) and ast.unparse(one.func).rpartition(".")[2] == "IndexModel":
                yield one


def _declared(index: ast.Call, collection: str, path: str, row: int) -> Iterator[Declared]:
    given = {one.arg: one.value for one in index.keywords}
    keys = index.args[0] if index.args else given.get("keys", given.get("key_or_list"))
    columns = _keys(keys) if keys is not None else None
    unique = given.get("unique")
    kind = unique.value if isinstance(unique, ast.Constant) else unique is not None
    if columns is None or not isinstance(kind, bool):
        gaps = ("an index",) if kind or None in given else ()
        yield Declared(path, table=collection, primary=("_id",), row=row, gaps=gaps)
        return
    condition, when = _condition(given.get("partialFilterExpression"))
    if isinstance(sparse := given.get("sparse"), ast.Constant) and sparse.value:
        condition, when = "it has them", tuple((name, PRESENT) for name in columns)
    made = UniqueSet(columns, "a unique index", "", condition, when, null_too=True)
    gaps = ("an index",) if None in given else ()
    yield Declared(path, table=collection, columns=columns, primary=("_id",), unique=(made,) if kind else (), row=row, gaps=gaps)


def _keys(node: ast.expr) -> tuple[str, ...] | None:
    """`"email"`, `[("owner", 1), ("day", -1)]`, `["owner", "day"]`; None for what is not understood."""
    if isinstance(node, ast.Constant):
        return (node.value,) if isinstance(node.value, str) else None
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    parts = [one.elts[0] if isinstance(one, ast.Tuple) and one.elts else one for one in node.elts]
    found = tuple(one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return found if found and len(found) == len(parts) else None


def _condition(node: ast.expr | None) -> tuple[str, tuple[tuple[str, Term], ...]]:
    """A `partialFilterExpression` as it is written, and as columns with constants; none of these where a part is not understood."""
    if node is None:
        return "", ()
    pairs: list[tuple[str, Term]] = []
    for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
        told = _value(value)
        if not isinstance(key, ast.Constant) or told is None:
            return ast.unparse(node), ()
        pairs.append((str(key.value), told))
    return ast.unparse(node), tuple(pairs)


def _value(node: ast.expr) -> Term | None:
    match node:
        case ast.Constant(value) if isinstance(value, (str, int, bool)) or value is None:
            return Const(value)
        case ast.Dict([ast.Constant("$eq")], [ast.Constant(value)]) if isinstance(value, (str, int, bool)) or value is None:
            return Const(value)
        case ast.Dict([ast.Constant("$exists")], [ast.Constant(True)]):
            return PRESENT
    return None
