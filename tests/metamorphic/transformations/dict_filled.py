"""A dictionary filled key by key."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import (
    Numbers,
    Statement,
    Where,
    code,
    in_functions,
    may_move,
    outside_scopes,
    sole,
    statement,
    swapped,
    value_of,
    with_value,
)
from metamorphic.transformation import FileByFile


class DictFilled(FileByFile):
    """A display with constant keys becomes an empty dictionary and a store for each key."""

    fits = "statements with one dictionary display whose values call nothing"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def fill(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
            value = value_of(sole(line))
            if value is None or not may_move(value):
                return None
            displays = [node for node in outside_scopes(value) if isinstance(node, cst.Dict) and _plain(node)]
            if len(displays) != 1 or "#" in code(displays[0]):
                return None
            display, name = displays[0], numbers.next("row")
            elements = [one for one in display.elements if isinstance(one, cst.DictElement)]
            stores = [statement(f"{name}[{code(one.key)}] = {code(one.value)}") for one in elements]
            changed = swapped(value, [(display, cst.Name(name))])
            return [statement(f"{name} = {{}}"), *stores, with_value(line, changed)]

        return in_functions(path, module, fill)


def _plain(display: cst.Dict) -> bool:
    return bool(display.elements) and all(
        isinstance(one, cst.DictElement)
        and isinstance(one.key, cst.SimpleString)
        and not any(isinstance(node, cst.Call | cst.Await | cst.Dict) for node in outside_scopes(one.value))
        for one in display.elements
    )
