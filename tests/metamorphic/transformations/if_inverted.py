"""The branches of an if in the other order."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import StatementByStatement, negated
from metamorphic.code import Numbers, Statement


class IfInverted(StatementByStatement):
    """`if c: A else: B` becomes `if not c: B else: A`; an `elif` becomes an `if` in the branch."""

    fits = "if statements with an else or elif"
    least = 8

    def rewrite_statement(self, one: Statement, function: cst.FunctionDef, numbers: Numbers) -> Sequence[Statement] | None:
        if not isinstance(one, cst.If) or one.orelse is None:
            return None
        other = one.orelse
        first = cst.IndentedBlock([other]) if isinstance(other, cst.If) else other.body
        return [one.with_changes(test=negated(one.test), body=first, orelse=cst.Else(one.body))]
