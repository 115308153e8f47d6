"""Whose rows a call is about: all of a class, or those of one record."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.schema import plain
from session_lint.repair.rewrite.file.source import CannotRepair

_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})


def refuse_part(call: cst.Call, key: Collection[str]) -> None:
    """Raises CannotRepair where a call may ask for the rows of one record (`user.watches.get_or_create(url=url)`), and no column of the
    key says of which."""
    given: set[str] = set()
    node: cst.BaseExpression = call
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        given |= {plain(arg.keyword.value.split("__")[0]) for arg in node.args if arg.keyword is not None}
        node = node.func.value
    owner = dotted_name(node)
    last = owner.rpartition(".")[2]
    if owner and not (last in _MANAGERS or last[:1].isupper() or last == "cls") and {plain(name) for name in key} <= given:
        raise CannotRepair(f"`{owner}` may have the rows of one record, and no column of the key says of which")
