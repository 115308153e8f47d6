"""An assignment inside the condition that asks for it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.blocks import Blocks
from metamorphic.code import Numbers, Statement, code, expression, sole


class Walrus(Blocks):
    """`x = f()` before `if x is None:` becomes `if (x := f()) is None:`."""

    fits = "assignments to a name right before an if whose condition starts with it"
    least = 12

    def rewrite_block(
        self, body: list[Statement], around: cst.CSTNode, function: cst.FunctionDef, numbers: Numbers
    ) -> Sequence[Statement] | None:
        new: list[Statement] = []
        for one in body:
            joined = _joined(new[-1], one) if new else None
            new = [*new[:-1], joined] if joined is not None else [*new, one]
        return new if len(new) < len(body) else None


def _joined(before: Statement, one: Statement) -> Statement | None:
    small = sole(before) if isinstance(before, cst.SimpleStatementLine) else None
    if not isinstance(before, cst.SimpleStatementLine) or not isinstance(one, cst.If) or not isinstance(small, cst.Assign):
        return None
    target = small.targets[0].target if len(small.targets) == 1 else None
    if not isinstance(target, cst.Name) or "\n" in code(before).strip() or isinstance(small.value, cst.Tuple):
        return None
    test = code(one.test)
    negation = "not " if test.startswith("not ") else ""
    rest = test.removeprefix(negation)
    if rest != target.value and not rest.startswith((f"{target.value} ", f"{target.value}[", f"{target.value}.")):
        return None
    condition = expression(f"{negation}({target.value} := {code(small.value)}){rest.removeprefix(target.value)}")
    suite = one.body
    if before.trailing_whitespace.comment is not None and isinstance(suite, cst.IndentedBlock):
        suite = suite.with_changes(header=before.trailing_whitespace)
    return one.with_changes(test=condition, body=suite, leading_lines=before.leading_lines)
