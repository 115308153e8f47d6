"""Whether one statement always follows another."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
import libcst.matchers as m

from session_lint.rewrite import statements
from session_lint.rewrite.source import CannotRepair, Source
from session_lint.rewrite.statements import Statement

_LOOPS = cst.For | cst.While


def always_follows(source: Source, clear: Statement, insert: Statement) -> None:
    """Raises CannotRepair unless whoever clears also inserts, in the same block or deeper in `with` and `try` blocks."""
    block = list(statements.block_of(source, clear))
    top = level(source, insert, block)
    if block.index(top) < block.index(clear):
        raise CannotRepair("the insert stands before the clear")
    no_way_out(source, block[block.index(clear) + 1 : block.index(top)])
    unconditional(source, insert, top)


def level(source: Source, insert: Statement, block: Sequence[cst.BaseStatement]) -> cst.BaseStatement:
    """The statement of a block that the insert is in."""
    for node in (insert, *source.parents(insert)):
        if isinstance(node, cst.BaseStatement) and node in block:
            return node
    raise CannotRepair("the clear is in a branch, a loop or a `try` that the insert is not in")


def soon(source: Source, clear: Statement, insert: Statement) -> bool:
    """Whether the insert comes right after the clear, or after what makes its row: a comment above the clear then heads the insert."""
    block = list(statements.block_of(source, clear))
    return block.index(level(source, insert, block)) - block.index(clear) <= 2  # one between them


def unconditional(source: Source, statement: Statement, top: cst.CSTNode) -> None:
    """Raises CannotRepair when a statement inside `top` may be left out."""
    node: cst.CSTNode = statement
    while node is not top:
        block = source.parent(node)
        around = source.parent(block) if block is not None else None
        if not isinstance(block, cst.IndentedBlock) or around is None:
            raise CannotRepair("the insert is conditional")
        fine = isinstance(around, cst.With | cst.FunctionDef) or (isinstance(around, cst.Try | cst.TryStar) and around.body is block)
        if not fine:
            raise CannotRepair("the insert is in a branch or a loop: it may not follow the clear")
        assert isinstance(node, cst.BaseStatement)
        no_way_out(source, block.body[: list(block.body).index(node)])
        node = around


def no_way_out(source: Source, between: Sequence[cst.BaseStatement]) -> None:
    """Raises CannotRepair when the function, or the loop around, may be left in statements."""
    for statement in between:
        for node in m.findall(statement, m.Return() | m.Break() | m.Continue()):
            inner = source.around(node, cst.FunctionDef | cst.Lambda)
            if inner is not None and (inner is statement or statement in source.parents(inner)):
                continue
            loop = source.around(node, _LOOPS)
            if not isinstance(node, cst.Return) and loop is not None and (loop is statement or statement in source.parents(loop)):
                continue
            raise CannotRepair(f"the rows stay cleared when the function is left in between, at {source.path}:{source.span(node).row}")
