"""A conditional expression for an if statement."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import StatementByStatement, block
from metamorphic.code import Numbers, Statement, code, parameters, sole, with_value


class IfToTernary(StatementByStatement):
    """`if c: x = A else: x = B` becomes `x = A if c else B`. Without the else it is `x` that stays, where x is a parameter."""

    fits = "if statements whose branches assign to one name, or return"
    least = 5

    def rewrite_statement(self, one: Statement, function: cst.FunctionDef, numbers: Numbers) -> Sequence[Statement] | None:
        if not isinstance(one, cst.If) or isinstance(one.orelse, cst.If):
            return None
        first, second = _only(one.body), _only(one.orelse.body) if one.orelse is not None else None
        if first is None or (one.orelse is not None and (second is None or _target(first) != _target(second))):
            return None
        name = _target(first)
        if second is None and name not in {param.name.value for param in parameters(function)}:
            return None
        value, other = _value(first), _value(second) if second is not None else cst.Name(name)
        joined = cst.IfExp(one.test, _safe(value), _safe(other))
        notes = [line.trailing_whitespace.comment.value for line in (first, second) if line and line.trailing_whitespace.comment]
        end = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), cst.Comment("  ".join(notes))) if notes else cst.TrailingWhitespace()
        return [with_value(first, joined).with_changes(trailing_whitespace=end, leading_lines=one.leading_lines)]


def _only(suite: cst.BaseSuite) -> cst.SimpleStatementLine | None:
    """The one statement of a branch, if it assigns to a name or returns something on one line."""
    body = block(suite)
    line = body[0] if body is not None and len(body) == 1 else None
    if not isinstance(line, cst.SimpleStatementLine) or not _target(line) or "\n" in code(line).strip():
        return None
    return line


def _target(line: cst.SimpleStatementLine) -> str:
    small = sole(line)
    if isinstance(small, cst.Return) and small.value is not None:
        return "return"
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and isinstance(small.targets[0].target, cst.Name):
        return small.targets[0].target.value
    return ""


def _value(line: cst.SimpleStatementLine) -> cst.BaseExpression:
    small = sole(line)
    assert isinstance(small, cst.Return | cst.Assign)
    assert small.value is not None
    return small.value


def _safe(value: cst.BaseExpression) -> cst.BaseExpression:
    loose = isinstance(value, cst.IfExp | cst.Lambda | cst.Tuple) and not value.lpar
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) if loose else value
