"""The key of a look-up that a get-or-create could make: `Cart.objects.filter(user=user).first()`, `Cart.get_or_none(Cart.user == user)`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from session_lint.repair.rewrite.file.fluent import fluent
from session_lint.repair.rewrite.file.source import CannotRepair, Source

_PICKS = frozenset({"filter", "where"})
_ALONE = frozenset({"get", "aget", "get_or_none", "exists"})
_RECORD = frozenset({"first", "afirst", "get", "aget", "get_or_none"})
_TOLD = frozenset({"exists", "aexists", "count", "acount"})


@dataclass(frozen=True, slots=True)
class Lookup:
    """`owner`: what it is asked of, as written; `key`: its columns with their values; `record`: it gives the row, and not only whether
    there is one; `top` is the whole call."""

    owner: str
    key: tuple[tuple[str, cst.BaseExpression], ...]
    record: bool
    awaited: bool
    top: cst.Call


def of(source: Source, look: cst.Call) -> Lookup:
    """The look-up that a call is a part of. Raises CannotRepair for one that asks for more than one row by plain columns."""
    top = fluent(source, look)
    steps, owner = _steps(top)
    words = [name for name, _ in steps]
    last = words[-1]
    if last not in _RECORD | _TOLD or any(word not in _PICKS | {"select", "all"} for word in words[:-1]):
        raise CannotRepair(f"the look-up goes by `{'()`, `'.join(words)}()`, which a get-or-create does not")
    if sum(word in _PICKS for word in words[:-1]) + (last in _ALONE and bool(steps[-1][1].args)) != 1:
        raise CannotRepair("the look-up has not exactly one condition")
    key = tuple(pair for name, call in steps if name not in ("select", "all") for pair in _pairs(source, call))
    if not key or any("__" in name for name, _ in key):
        raise CannotRepair("the look-up compares columns otherwise than by being equal")
    return Lookup(source.code(owner), key, last in _RECORD, isinstance(source.parent(top), cst.Await), top)


def _steps(top: cst.Call) -> tuple[list[tuple[str, cst.Call]], cst.BaseExpression]:
    found: list[tuple[str, cst.Call]] = []
    node: cst.BaseExpression = top
    while isinstance(node, cst.Call):
        if not isinstance(node.func, cst.Attribute):
            raise CannotRepair("the look-up is no call of a manager or class")
        found.append((node.func.attr.value, node))
        node = node.func.value
    return list(reversed(found)), node


def _pairs(source: Source, call: cst.Call) -> Iterator[tuple[str, cst.BaseExpression]]:
    for arg in call.args:
        if arg.star:
            raise CannotRepair("the key of the look-up cannot be seen")
        if arg.keyword is not None:
            yield arg.keyword.value, arg.value
        else:
            yield from _compared(source, arg.value)


def _compared(source: Source, node: cst.BaseExpression) -> Iterator[tuple[str, cst.BaseExpression]]:
    """`Cart.user == user`, and several of them joined by `&`."""
    match node:
        case cst.BinaryOperation(left=left, operator=cst.BitAnd(), right=right):
            yield from _compared(source, left)
            yield from _compared(source, right)
        case cst.Comparison(
            left=cst.Attribute(value=cst.Name(), attr=cst.Name(name)),
            comparisons=[cst.ComparisonTarget(operator=cst.Equal(), comparator=value)],
        ):
            yield name, value
        case _:
            raise CannotRepair("the look-up has a condition that is no plain comparison of columns")
