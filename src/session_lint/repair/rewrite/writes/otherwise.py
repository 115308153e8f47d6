"""Clear, then insert only under a condition: with an upsert, the clear belongs in the `else`."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.rewrite.file import matching as m, names
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import layout, order, statements
from session_lint.repair.rewrite.statements.statements import Statement


def branch(source: Source, gone: Sequence[Statement], insert: Statement, *, may_return: bool = False) -> cst.If | None:
    """The `if` without an `else` that holds the insert and stands in the block of the clear; None when the insert is not in one.

    Raises CannotRepair when the clear cannot be moved below it.
    """
    block = statements.block_of(source, gone[-1])
    around = order.level(source, insert, block)
    if not isinstance(around, cst.If) or around.orelse is not None or source.parent(source.parent(insert) or insert) is not around:
        return None
    clear = gone[0]
    between = block[list(block).index(clear) + 1 : list(block).index(around)]
    order.no_way_out(source, [*between, *around.body.body[: list(around.body.body).index(insert)]], may_return=may_return)
    function = source.function_around(clear)
    computed = m.Call() | m.Await() | m.NamedExpr() | m.Yield()
    if len(gone) > 1 or not isinstance(clear, cst.SimpleStatementLine) or function is None or m.findall(around.test, computed):
        raise CannotRepair("the insert is in a branch: it may not follow the clear")
    first, last = source.span(clear).row, source.span(around).row
    for name in sorted(names.free(clear)):
        if any(first < source.span(one).row < last for one in names.bindings(source, function, name)):
            raise CannotRepair(f"the insert is in a branch, and `{name}` is bound anew before it")
    layout.require_lines(source, clear)
    if statements.rows(source, around)[1] >= source.rows and not source.text.endswith("\n"):
        raise CannotRepair("the insert is in a branch at the end of a file without a line end")
    return around


def moved(source: Source, clear: Statement, around: cst.If) -> tuple[Edit, ...]:
    """The clear as the `else` of a branch."""
    below = source.insert(statements.rows(source, around)[1] + 1, 1, layout.wrap(source, clear, "else:").content + "\n")
    return (statements.remove(source, clear), below)
