"""An if statement for an `or`."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import StatementByStatement
from metamorphic.code import Numbers, Statement, sole, statement, with_value


class OrToIf(StatementByStatement):
    """`x = a or B` becomes `x = a`, then `if not x: x = B`."""

    fits = "assignments of an `or` to a name"
    least = 4

    def rewrite_statement(self, one: Statement, function: cst.FunctionDef, numbers: Numbers) -> Sequence[Statement] | None:
        small = sole(one) if isinstance(one, cst.SimpleStatementLine) else None
        if not isinstance(one, cst.SimpleStatementLine) or not isinstance(small, cst.Assign) or len(small.targets) != 1:
            return None
        target, value = small.targets[0].target, small.value
        if not isinstance(target, cst.Name) or not isinstance(value, cst.BooleanOperation) or not isinstance(value.operator, cst.Or):
            return None
        test = statement(f"if not {target.value}:\n    pass\n")
        inner = with_value(one, value.right).with_changes(leading_lines=[])
        first = with_value(one, value.left).with_changes(trailing_whitespace=cst.TrailingWhitespace())
        same = isinstance(value.left, cst.Name) and value.left.value == target.value
        return [*([] if same else [first]), test.with_changes(body=cst.IndentedBlock([inner]))]
