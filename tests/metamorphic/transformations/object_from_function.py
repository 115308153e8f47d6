"""A client, a table or a model class that a function gives."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import (
    Numbers,
    Statement,
    Where,
    by_top_level,
    in_functions,
    outside_scopes,
    sole,
    statement,
    swapped,
    value_of,
    with_value,
)
from metamorphic.modules import import_lines, own_names
from metamorphic.transformation import FileByFile


class ObjectFromFunction(FileByFile):
    """Where a method of a variable or class of the module is called, a function without parameters gives the object."""

    fits = "statements that call a method of a variable or class that the module defines"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        imported = import_lines(module)
        functions = {top.name.value for top in module.body if isinstance(top, cst.FunctionDef)}
        objects = own_names(module) - functions - imported.keys()
        given: dict[str, str] = {}

        def change(top: Statement) -> Sequence[Statement]:
            above: list[str] = []

            def ask(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
                value = value_of(sole(line))
                found = [node for node in (outside_scopes(value) if value is not None else ()) if isinstance(node, cst.Attribute)]
                receivers = [
                    node.value for node in found if isinstance(node.value, cst.Name) and node.value.value in objects - where.locals
                ]
                if value is None or not receivers:
                    return None
                for receiver in receivers:
                    if receiver.value not in given:
                        given[receiver.value] = numbers.next("give")
                        above.append(f"def {given[receiver.value]}():\n    return {receiver.value}\n")
                asked = [(receiver, cst.Call(cst.Name(given[receiver.value]))) for receiver in receivers]
                return [with_value(line, swapped(value, asked))]

            changed = in_functions(path, top, ask)
            return [*(statement(text) for text in above), changed]

        return by_top_level(module, change)
