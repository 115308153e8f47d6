"""A chain of calls with a name for each of its steps."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, Where, code, in_functions, may_move, sole, statement, value_of, with_value
from metamorphic.programs import also
from metamorphic.transformation import FileByFile


class ChainSplit(FileByFile):
    """`a.b(x).c(y)` becomes `step = a.b(x)`, then `step.c(y)`."""

    fits = "statements that are a chain of at least two calls"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        def split(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
            value = value_of(sole(line))
            if value is None or not may_move(value):
                return None
            before: list[Statement] = []
            new = _last(value, before, numbers)
            comment = also(code(line))
            end = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), cst.Comment(comment)) if comment else cst.TrailingWhitespace()
            steps = [step.with_changes(trailing_whitespace=end) for step in before]
            return [*steps, with_value(line, new)] if steps else None

        return in_functions(path, module, split)


def _last(value: cst.BaseExpression, before: list[Statement], numbers: Numbers) -> cst.BaseExpression:
    """The last call of the chain; the calls before it are bound in `before`."""
    if isinstance(value, cst.Await):
        return value.with_changes(expression=_last(value.expression, before, numbers))
    if not (isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute)):
        return value
    receiver, hops = value.func.value, []
    while isinstance(receiver, cst.Attribute):  # `.not_` of a builder, `.objects` of a manager
        hops.append(receiver)
        receiver = receiver.value
    if not isinstance(receiver, cst.Call) or receiver.lpar:
        return value
    name = numbers.next("part")
    bound = statement(f"{name} = 0")
    assert isinstance(bound, cst.SimpleStatementLine)
    made = _last(receiver, before, numbers)
    before.append(with_value(bound, _bracketed(made)))
    start: cst.BaseExpression = cst.Name(name)
    for hop in reversed(hops):
        start = cst.Attribute(start, hop.attr)
    return value.with_changes(func=value.func.with_changes(value=start, dot=cst.Dot()))


def _bracketed(value: cst.BaseExpression) -> cst.BaseExpression:
    """In brackets, where it may go over several lines."""
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
