"""A commit between two statements, taken out so that a later one ends one transaction for both."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.rewrite import hazards, statements
from session_lint.rewrite.regions import Run
from session_lint.rewrite.source import CannotRepair, called_name


def joined(run: Run, clear: cst.Call, insert: cst.Call) -> tuple[str, tuple[Edit, ...]]:
    """The receiver of the commits between two calls, and the edits that take them out.

    Raises CannotRepair unless they are plain statements of the block, of one receiver that commits again behind the insert,
    and nothing in between rolls back or goes on after an error.
    """
    source = run.source
    first, last = source.span(clear).row, source.span(insert).row
    between = [(one, call) for one, call in _commits(run.body) if first < source.span(call).row < last]
    receivers = {_receiver(source.code(call.func)) for _, call in between}
    everywhere = [node for node in hazards.nodes(run.body) if isinstance(node, cst.Call) and _is_end(node)]
    inside = [node for node in everywhere if first < source.span(node).row < last]
    if not between or len(receivers) != 1 or len(inside) != len(between):
        raise CannotRepair("a commit stands between the clear and the insert, in a helper or a branch: it has to go first")
    if hazards.swallowing(run.body) or any(source.code(called_name(node)) == "rollback" for node in inside):
        raise CannotRepair("a commit stands between the clear and the insert, and errors there are caught: it has to go first")
    receiver = receivers.pop()
    block = list(run.block.body)
    later = block[block.index(run.body[-1]) :]
    if not any(_receiver(source.code(call.func)) == receiver for _, call in _commits(later)):
        raise CannotRepair("the commit between the clear and the insert is the only one: move it behind the insert")
    return receiver, tuple(statements.remove(source, one) for one, _ in between)


def _commits(body: list[cst.BaseStatement] | tuple[statements.Statement, ...]) -> Iterator[tuple[cst.SimpleStatementLine, cst.Call]]:
    """The statements of a block that are `x.commit()`, awaited or not."""
    for statement in body:
        match statement:
            case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)]):
                pass
            case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Await(expression=cst.Call() as call))]):
                pass
            case _:
                continue
        if _is_end(call) and _method(call) == "commit":
            yield statement, call


def _is_end(call: cst.Call) -> bool:
    return _method(call) in ("commit", "rollback") and not call.args


def _method(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else ""


def _receiver(called: str) -> str:
    return called.rpartition(".")[0]
