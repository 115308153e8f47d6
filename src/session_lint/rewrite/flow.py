"""Whether one statement has always run before another, and whether a name still means what it meant then."""

from __future__ import annotations

import libcst as cst

from session_lint.rewrite import names
from session_lint.rewrite.source import CannotRepair, Source

_LEAVES = cst.Return | cst.Raise | cst.Continue | cst.Break
_LOOPS = cst.For | cst.While | cst.BaseComp


def require_before(source: Source, first: cst.BaseStatement, second: cst.CSTNode) -> None:
    """Raises CannotRepair when `first` need not have run where `second` stands, in the same function."""
    row = source.span(first).row
    if source.span(second).row < row or first in source.parents(second):
        raise CannotRepair(f"the record is obtained at {source.path}:{row} only after the call that needs it")
    around = set(map(id, source.parents(second)))
    node: cst.CSTNode = first
    while True:
        block = source.parent(node)
        if block is None or isinstance(block, cst.FunctionDef):
            return
        if isinstance(block, cst.IndentedBlock | cst.Module):
            if id(block) in around:
                return
        elif not _always(block, node):
            raise CannotRepair(f"the record is obtained at {source.path}:{row} on some ways only")
        node = block


def require_unchanged(source: Source, function: cst.FunctionDef, name: str, first: cst.CSTNode, second: cst.CSTNode) -> None:
    """Raises CannotRepair when a name may be bound anew between two places of a function."""
    start, end = source.span(first), source.span(second)
    outer = set(map(id, source.parents(first)))
    loops = [above for above in source.parents(second) if isinstance(above, _LOOPS) and id(above) not in outer]
    for node in names.bindings(source, function, name):
        span = source.span(node)
        behind = (span.row, span.column) > (start.end_row, start.end_column)
        if behind and ((span.row, span.column) < (end.row, end.column) or any(loop in source.parents(node) for loop in loops)):
            raise CannotRepair(f"`{name}` is bound anew at {source.path}:{span.row}")


def _always(above: cst.CSTNode, part: cst.CSTNode) -> bool:
    """Whether a part of a compound statement runs whenever the statement does, and has run whenever what follows it does."""
    if isinstance(above, cst.With):
        return True
    if isinstance(above, cst.Try) and (part is above.body or part is above.orelse):
        return all(_leaves(handler.body) for handler in above.handlers)
    return isinstance(above, cst.Try) and part is above.finalbody


def _leaves(body: cst.BaseSuite) -> bool:
    last = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        return isinstance(last.body[-1], _LEAVES)
    return isinstance(last, _LEAVES)
