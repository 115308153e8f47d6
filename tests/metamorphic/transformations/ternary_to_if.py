"""An if statement for a conditional expression."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import StatementByStatement
from metamorphic.code import Numbers, Statement, code, found, sole, with_value
from metamorphic.extraction import stays_bound
from metamorphic.programs import also


class TernaryToIf(StatementByStatement):
    """`x = A if c else B`, or a return of it, becomes an if with two branches."""

    fits = "assignments and returns of a conditional expression"
    least = 3

    def rewrite_statement(self, one: Statement, function: cst.FunctionDef, numbers: Numbers) -> Sequence[Statement] | None:
        small = sole(one) if isinstance(one, cst.SimpleStatementLine) else None
        if not isinstance(one, cst.SimpleStatementLine) or not isinstance(small, cst.Assign | cst.Return):
            return None
        value = small.value
        if not isinstance(value, cst.IfExp) or not (isinstance(small, cst.Return) or stays_bound(small)):
            return None
        if also(code(one)) and found(value.body, cst.Call) and found(value.orelse, cst.Call):
            return None  # which of the two is marked cannot be told
        bare = one.with_changes(leading_lines=[], trailing_whitespace=cst.TrailingWhitespace())
        marked = one.with_changes(leading_lines=[])
        first, second = (marked, bare) if found(value.body, cst.Call) else (bare, marked)
        branches = [cst.IndentedBlock([with_value(line, part)]) for line, part in ((first, value.body), (second, value.orelse))]
        return [cst.If(value.test, branches[0], cst.Else(branches[1]), leading_lines=one.leading_lines)]
