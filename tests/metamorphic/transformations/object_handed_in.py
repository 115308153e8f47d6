"""A model class, a table or a client, handed in."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Statement, Where, outside_scopes, renamed, sole, value_of
from metamorphic.extraction import Extraction, Helper


class ObjectHandedIn(Extraction):
    """A statement becomes a function whose parameters are the classes, tables and clients of the module that it uses."""

    fits = "statements that use a variable or a class of the module"

    def accepts(self, where: Where, helper: Helper) -> bool:
        if helper.me or not (objects := _objects(helper)):
            return False
        names = {name: f"given_{position}" for position, name in enumerate(objects, 1)}
        if set(names.values()) & where.locals:
            return False
        helper.body = renamed(helper.body, names)
        helper.handed = {new: name for name, new in names.items()}
        return True

    def callee(self, helper: Helper, home: str) -> str:
        return helper.name

    def placed(self, changed: Statement, helpers: list[Helper], home: str) -> Sequence[Statement]:
        return [*(helper.definition() for helper in helpers), changed]


def _objects(helper: Helper) -> list[str]:
    """Names of the module in the body, without functions: what is called and is no class."""
    value = value_of(sole(helper.body))
    called = {
        node.func.value
        for node in (outside_scopes(value) if value is not None else ())
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and not node.func.value[:1].isupper()
    }
    return [name for name in helper.elsewhere if name not in called]
