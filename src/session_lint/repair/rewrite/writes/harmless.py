"""Which calls can be made once more, or for nothing: those whose effects are known, since they have none."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.repair.rewrite.file.source import Source, inside

_BUILTIN = frozenset(
    {
        *("str", "int", "float", "bool", "bytes", "len", "dict", "list", "tuple", "set", "frozenset", "sorted", "min", "max", "sum"),
        *("range", "enumerate", "zip", "reversed"),
        *("any", "all", "abs", "round", "repr", "isinstance", "hash", "type"),
    }
)
_OF_TEXTS = frozenset(dir(str)) - frozenset(dir(list)) - frozenset(dir(dict)) - frozenset(dir(set))
_OF_TIMES = frozenset({"strftime", "isoformat", "timetuple", "weekday", "isoweekday", "toordinal", "total_seconds"})
_WORLD = frozenset({"os", "shutil", "subprocess", "socket", "smtplib", "urllib", "http", "ftplib", "sys", "time", "asyncio", "pathlib"})
_CLIENTS = frozenset({"django", "sqlalchemy", "sqlmodel", "peewee", "tortoise"})


def calls(node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls in a part of a file, outer ones first."""
    if isinstance(node, cst.Call):
        yield node
    for child in inside(node):
        yield from calls(child)


def unknown(source: Source, node: cst.CSTNode, *, known: Collection[cst.Call] = (), classes: Collection[str] = ()) -> str:
    """The first call in a part of a file of which it is not known that it does nothing but give a value, as written; "" for none.

    `known` are calls that the one who asks has looked at; `classes` are made by calls of their names.
    """
    for call in calls(node):
        if not any(call is one for one in known) and not _gives_a_value(source, call, classes):
            return source.code(call.func)
    return ""


def root(node: cst.BaseExpression) -> cst.BaseExpression:
    """What a chain of attributes, calls and items begins with."""
    while True:
        match node:
            case cst.Attribute(value=inner) | cst.Subscript(value=inner) | cst.Call(func=inner) | cst.Await(expression=inner):
                node = inner
            case _:
                return node


def package(source: Source, name: str) -> str:
    """The first part of the module that a name of the file was imported from, anywhere in it; "" for any other name."""
    for module in (node for node in source.named.get(name, ()) if isinstance(source.parent(node), cst.ImportAlias | cst.AsName)):
        found = source.around(module, cst.Import | cst.ImportFrom)
        alias = source.around(module, cst.ImportAlias)
        if isinstance(found, cst.ImportFrom):
            return "" if found.relative else dotted_name(found.module).partition(".")[0]
        if isinstance(alias, cst.ImportAlias):
            return dotted_name(alias.name).partition(".")[0]
    dotted = (node for node in source.named.get(name, ()) if isinstance(source.around(node, cst.Import), cst.Import))
    return name if next(dotted, None) is not None else ""


def of_a_client(source: Source, name: str) -> bool:
    """Whether a name of the file comes from the library of a database."""
    return package(source, name) in _CLIENTS


def _gives_a_value(source: Source, call: cst.Call, classes: Collection[str]) -> bool:
    begin = root(call.func)
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _OF_TEXTS | _OF_TIMES:
        return True  # only texts and times have such a method; what it is called on is looked at by itself
    if not isinstance(begin, cst.Name):
        return False
    if isinstance(call.func, cst.Name) and begin.value in _BUILTIN:
        return True
    if dotted_name(call.func).rpartition(".")[2] in classes:
        return True
    module = package(source, begin.value)
    return module in _CLIENTS or (module in sys.stdlib_module_names and module not in _WORLD)
