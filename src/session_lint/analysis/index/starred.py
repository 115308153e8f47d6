"""The names that a file has of a library of which it takes all: `from peewee import *`, as its documentation writes it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

_LIBRARIES = ("django.db.models", "mongoengine", "peewee", "playhouse", "pony.orm", "sqlalchemy", "sqlmodel", "tortoise")
_BUILTIN = frozenset(dir(builtins))


def brought(tree: ast.Module, sources: Collection[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each name that a file reads and nothing in it gives, with what it is called in the library; none where several modules may give it.

    `sources`: the modules of which it takes all. `known`: the names that it imports.
    """
    source = next(iter(sources), "") if len(sources) == 1 else ""
    if not any(source == one or source.startswith(f"{one}.") for one in _LIBRARIES):
        return
    read: dict[str, None] = {}
    given: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                read[node.id] = None
            else:
                given.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            given.add(node.name)
        elif isinstance(node, ast.arg):
            given.add(node.arg)
        elif isinstance(node, ast.alias):
            given.add((node.asname or node.name).partition(".")[0])
    yield from ((name, f"{source}.{name}") for name in read if name not in given and name not in known and name not in _BUILTIN)
