"""A comprehension for a loop."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import StatementByStatement, block
from metamorphic.code import Numbers, Statement, code, found, sole


class LoopToComprehension(StatementByStatement):
    """A loop whose body is one call becomes a list comprehension of that call."""

    fits = "for loops with a single call as their body"
    least = 6

    def rewrite_statement(self, one: Statement, function: cst.FunctionDef, numbers: Numbers) -> Sequence[Statement] | None:
        if not isinstance(one, cst.For) or one.orelse is not None or one.asynchronous is not None:
            return None
        body = block(one.body)
        line = body[0] if body is not None and len(body) == 1 else None
        small = sole(line) if isinstance(line, cst.SimpleStatementLine) else None
        if not isinstance(line, cst.SimpleStatementLine) or not isinstance(small, cst.Expr) or "\n" in code(line).strip():
            return None
        if (
            not isinstance(small.value, cst.Call | cst.Await)
            or found(small.value, cst.Yield, cst.NamedExpr)
            or isinstance(one.iter, cst.Tuple)
        ):
            return None
        made = cst.ListComp(small.value, cst.CompFor(one.target.with_changes(lpar=[], rpar=[]), _bracketed(one.iter)))
        return [line.with_changes(body=[cst.Expr(made)], leading_lines=one.leading_lines)]


def _bracketed(value: cst.BaseExpression) -> cst.BaseExpression:
    loose = isinstance(value, cst.Tuple) and not value.lpar
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) if loose else value
