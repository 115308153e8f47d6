"""An early return for a nested if."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import Blocks, negated
from metamorphic.code import Numbers, Statement, statement


class EarlyReturn(Blocks):
    """A last `if c: A` of a function becomes `if not c: return`, then A; in a loop, `continue`."""

    fits = "functions and loops that end with an if without else"
    least = 10

    def rewrite_block(
        self, body: list[Statement], around: cst.CSTNode, function: cst.FunctionDef, numbers: Numbers
    ) -> Sequence[Statement] | None:
        last = body[-1]
        if not isinstance(last, cst.If) or last.orelse is not None or not isinstance(last.body, cst.IndentedBlock):
            return None
        if around is not function and not isinstance(around, cst.For | cst.While):
            return None
        leave = statement("return" if around.__class__ is cst.FunctionDef else "continue")
        return [*body[:-1], last.with_changes(test=negated(last.test), body=cst.IndentedBlock([leave])), *last.body.body]
