"""What a statement binds, and how a block ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import inside
from session_lint.repair.rewrite.writes.harmless import root

_EXITS = cst.Return | cst.Raise | cst.Continue | cst.Break


def assigned(statement: cst.BaseStatement) -> frozenset[str]:
    """The name that a plain assignment binds."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))])]):
            return frozenset({name})
        case cst.SimpleStatementLine(body=[cst.AnnAssign(target=cst.Name(name), value=cst.BaseExpression())]):
            return frozenset({name})
    return frozenset()


def walrus(node: cst.CSTNode) -> frozenset[str]:
    """The names that a test binds itself."""
    found = {node.target.value} if isinstance(node, cst.NamedExpr) and isinstance(node.target, cst.Name) else set()
    return frozenset(found.union(*(walrus(child) for child in inside(node))))


def bound(statement: cst.CSTNode) -> frozenset[str]:
    """The names that a statement binds, and those whose attributes or items it sets."""
    found: set[str] = set()
    for node in nodes(statement):
        if isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.NamedExpr):
            begin = root(node.target)
            found |= {begin.value} if isinstance(begin, cst.Name) else {one.value for one in names.reads(node.target)}
    return frozenset(found)


def nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all inside it."""
    yield node
    for child in inside(node):
        yield from nodes(child)


def leaves(body: cst.BaseSuite) -> bool:
    """Whether a block ends by leaving what is around it."""
    return isinstance(last(body.body), _EXITS)


def last(body: Sequence[cst.CSTNode]) -> cst.CSTNode | None:
    """The last small statement of a block; None where it ends with a block, or is empty."""
    found = body[-1] if body else None
    return found.body[-1] if isinstance(found, cst.SimpleStatementLine) else found
