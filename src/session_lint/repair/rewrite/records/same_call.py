"""Whether two calls that pick the same record are otherwise the same call."""

from __future__ import annotations

import re

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.records.reaching import walk
from session_lint.repair.rewrite.records.results import Result

_CONVERSIONS = frozenset({"str", "int", "UUID", "uuid.UUID"})
_WHEN_NEW = frozenset({"defaults", "create_defaults"})
_SPACE = re.compile(r"\s+")


def differences(first: Result, second: Result) -> tuple[str, ...]:
    """What differs without picking another record: reasons why the repair is not safe. Raises CannotRepair for any other difference."""
    if first.awaited != second.awaited:
        raise CannotRepair("only one of the two calls is awaited")
    found: list[str] = []
    if _plain(first, first.call.func) != _plain(second, second.call.func):
        _require_same_function(first, second)
        found.append("the two calls name the getter in different ways")
    mine, theirs = _arguments(first), _arguments(second)
    for name in sorted({*mine, *theirs}):
        left, right = mine.get(name), theirs.get(name)
        if left is not None and right is not None and _plain(first, left) == _plain(second, right):
            continue
        if name in _WHEN_NEW:
            found.append(f"the two calls differ in `{name}`, which counts when the record is made")
        elif left is not None and right is not None and _meaning(first, left) == _meaning(second, right):
            found.append(f"the key is written as `{first.source.code(left)}` and as `{second.source.code(right)}`")
        else:
            raise CannotRepair(f"the two calls differ in {_shown(name)}")
    return tuple(found)


def _require_same_function(first: Result, second: Result) -> None:
    left, right = called_name(first.call), called_name(second.call)
    names = {one.value for one in (left, right) if isinstance(one, cst.Name)}
    if len(names) != 1 or not all(dotted_name(one.call.func) for one in (first, second)):
        raise CannotRepair("the two calls are of different functions")


def _arguments(result: Result) -> dict[str, cst.BaseExpression]:
    """The arguments of a call, by keyword or number. Arguments that are spread are compared as written."""
    return {
        arg.keyword.value if arg.keyword is not None else f"{arg.star}{number}": arg.value for number, arg in enumerate(result.call.args)
    }


def _plain(result: Result, node: cst.CSTNode) -> str:
    return _SPACE.sub("", result.source.code(node)).replace("'", '"')


def _meaning(result: Result, node: cst.BaseExpression) -> str:
    """An argument without a conversion around it, and a variable as what it was given, when it is given only once."""
    for _ in range(3):
        if isinstance(node, cst.Call) and dotted_name(node.func) in _CONVERSIONS and len(node.args) == 1:
            node = node.args[0].value
        elif isinstance(node, cst.Name):
            value = _only_value(result.source, node)
            if value is None:
                break
            node = value
    return _plain(result, node)


def _only_value(source: Source, name: cst.Name) -> cst.BaseExpression | None:
    function = source.function_around(name)
    if function is None:
        return None
    bound = [
        node for node in walk(function) if isinstance(node, cst.AssignTarget | cst.NamedExpr | cst.For | cst.AugAssign | cst.AnnAssign)
    ]
    own = [node for node in bound if isinstance(node.target, cst.Name) and node.target.value == name.value]
    above = source.parent(own[0]) if len(own) == 1 else None
    return above.value if isinstance(above, cst.Assign) and len(above.targets) == 1 else None


def _shown(name: str) -> str:
    if name.isdigit():
        return f"argument {int(name) + 1}"
    return "the arguments they spread" if name.startswith("*") else f"`{name}`"
