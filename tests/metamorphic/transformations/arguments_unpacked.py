"""Positional arguments out of a tuple."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import (
    Numbers,
    Statement,
    Where,
    beside_others,
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


class ArgumentsUnpacked(FileByFile):
    """`f(x, y)` becomes `arguments = (x, y)`, then `f(*arguments)`."""

    fits = "statements with one call of a name or a method that has positional arguments which call nothing"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def gather(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
            value = value_of(sole(line))
            if value is None or not may_move(value):
                return None
            calls = [node for node in outside_scopes(value) if isinstance(node, cst.Call) and _positional(node)]
            if len(calls) != 1 or "#" in code(calls[0]):
                return None
            call, name = calls[0], numbers.next("arguments")
            texts = ", ".join(code(beside_others(arg).value) for arg in _positional(call))
            named = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in call.args if arg.keyword is not None or arg.star]
            changed = swapped(value, [(call, call.with_changes(args=[cst.Arg(cst.Name(name), star="*"), *named]))])
            return [statement(f"{name} = ({texts},)\n"), with_value(line, changed)]

        return in_functions(path, module, gather)


def _positional(call: cst.Call) -> list[cst.Arg]:
    """The positional arguments, if they are all that could be moved before the statement."""
    positional = [arg for arg in call.args if arg.keyword is None and not arg.star]
    calm = not any(isinstance(node, cst.Call | cst.Await) for arg in positional for node in outside_scopes(arg.value))
    return positional if calm and not any(arg.star == "*" for arg in call.args) else []
