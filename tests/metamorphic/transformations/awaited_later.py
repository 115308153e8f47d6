"""A coroutine with a name, awaited on the next line."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, Where, in_functions, sole, value_of, with_value
from metamorphic.transformation import FileByFile


class AwaitedLater(FileByFile):
    """`x = await f()` becomes `pending = f()`, then `x = await pending`."""

    fits = "statements that await a call and nothing else"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def split(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
            value = value_of(sole(line))
            if not isinstance(value, cst.Await) or not isinstance(value.expression, cst.Call):
                return None
            name = numbers.next("pending")
            bound = cst.Assign([cst.AssignTarget(cst.Name(name))], value.expression)
            end = line.with_changes(leading_lines=[], trailing_whitespace=cst.TrailingWhitespace())
            return [line.with_changes(body=[bound]), with_value(end, value.with_changes(expression=cst.Name(name)))]

        return in_functions(path, module, split)
