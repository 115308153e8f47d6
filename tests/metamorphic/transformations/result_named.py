"""A result that gets a name before it is returned."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, Where, calls_of_project, in_functions, sole, statement
from metamorphic.transformation import FileByFile


class ResultNamed(FileByFile):
    """`return f(x)` becomes `result = f(x)`, then `return result`."""

    fits = "returned calls"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def split(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
            small = sole(line)
            if not isinstance(small, cst.Return) or small.value is None or not calls_of_project(small.value):
                return None
            name = numbers.next("result")
            bound = cst.Assign([cst.AssignTarget(cst.Name(name))], small.value)
            return [line.with_changes(body=[bound]), statement(f"return {name}")]

        return in_functions(path, module, split)
