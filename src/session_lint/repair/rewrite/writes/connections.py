"""The connection that runs a statement of SQL text."""

from __future__ import annotations

import libcst as cst

from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.writes.rows import value_of


def connection_of(source: Source, call: cst.Call) -> str:
    """The connection that runs a call: its receiver, or what the receiver is a cursor of.

    Raises CannotRepair where a function runs it.
    """
    if not isinstance(call.func, cst.Attribute):
        raise CannotRepair("the connection cannot be seen")
    receiver = call.func.value
    if isinstance(receiver, cst.Name):
        cursor = _cursor_in_with(source, call, receiver.value) or receiver
        try:
            receiver = value_of(source, cursor)
        except CannotRepair:
            receiver = cursor
        if not _is_cursor(receiver):
            receiver = call.func.value
    if _is_cursor(receiver):
        assert isinstance(receiver, cst.Call)
        assert isinstance(receiver.func, cst.Attribute)
        receiver = receiver.func.value
    return source.code(receiver)


def is_pool(connection: str) -> bool:
    """Whether each statement on it runs on a connection of its own, as its name says."""
    return "pool" in connection.lower()


def _is_cursor(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value == "cursor"


def _cursor_in_with(source: Source, call: cst.Call, name: str) -> cst.BaseExpression | None:
    for around in source.parents(call):
        for item in around.items if isinstance(around, cst.With) else ():
            if item.asname is not None and isinstance(item.asname.name, cst.Name) and item.asname.name.value == name:
                return item.item
    return None
