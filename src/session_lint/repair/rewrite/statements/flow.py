"""Whether one statement has always run before another, and whether a name still means what it meant then."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source

_LEAVES = cst.Return | cst.Raise | cst.Continue | cst.Break
_LOOPS = cst.For | cst.While | cst.BaseComp


def require_before(source: Source, first: cst.BaseStatement, second: cst.CSTNode) -> None:
    """Raises CannotRepair when `first` need not have run where `second` stands, in the same function."""
    row = source.span(first).row
    if first in source.parents(second):
        return
    if source.span(second).row < row:
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


def branch(source: Source, first: cst.BaseStatement, second: cst.CSTNode) -> cst.BaseCompoundStatement:
    """The statement around `first`, in the block that `second` is in too, on some ways of which `first` runs.

    Raises CannotRepair when one of them is a loop, in which each round has a record of its own.
    """
    around = set(map(id, source.parents(second)))
    node: cst.CSTNode = first
    for above in source.parents(first):
        if isinstance(above, _LOOPS | cst.FunctionDef):
            break
        if isinstance(above, cst.IndentedBlock) and id(above) in around:
            if isinstance(node, cst.BaseCompoundStatement) and source.span(node).row <= source.span(second).row and node is not first:
                return node
            break
        node = above
    raise CannotRepair(f"the record is obtained at {source.path}:{source.span(first).row} on some ways only")


def always_runs(source: Source, node: cst.CSTNode, function: cst.FunctionDef) -> bool:
    """Whether a call is made in every run of a function: under no condition, and not behind a `return` or `raise`."""
    part = node
    for above in source.parents(node):
        if above is function:
            break
        if isinstance(above, cst.If | cst.IfExp) and part is not above.test:
            return False
        if isinstance(above, cst.BooleanOperation) and part is not above.left:
            return False
        if isinstance(above, cst.For) and part is not above.iter:
            return False
        if isinstance(above, cst.While | cst.ExceptHandler | cst.Match | cst.BaseComp | cst.Lambda | cst.Else):
            return False
        part = above
    row = source.span(node).row
    return not any(source.span(one).row < row for one in exits(function.body))


def exits(node: cst.CSTNode) -> Iterator[cst.Return | cst.Raise]:
    """The `return` and `raise` statements of a function's body, those of functions within left out."""
    if isinstance(node, cst.Return | cst.Raise):
        yield node
    elif not isinstance(node, cst.FunctionDef | cst.ClassDef | cst.BaseExpression):
        for child in node.children:
            yield from exits(child)


def calls(node: cst.CSTNode) -> Iterator[cst.Call]:
    """Every call in a part of a function, those of functions within left out."""
    if isinstance(node, cst.Call):
        yield node
    if not isinstance(node, cst.FunctionDef | cst.ClassDef | cst.Lambda):
        for child in node.children:
            yield from calls(child)


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
