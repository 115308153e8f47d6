"""Whether one statement always follows another."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement

_LOOPS = cst.For | cst.While


def always_follows(source: Source, clear: Statement, insert: Statement, *, may_return: bool = False) -> None:
    """Raises CannotRepair unless whoever clears also inserts, in the same block or deeper in `with` and `try` blocks.

    `may_return`: a `return` in between is fine.
    """
    block = list(statements.block_of(source, clear))
    top = level(source, insert, block)
    if block.index(top) < block.index(clear):
        raise CannotRepair("the insert stands before the clear")
    no_way_out(source, block[block.index(clear) + 1 : block.index(top)], may_return=may_return)
    unconditional(source, insert, top, may_return=may_return)


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


def commits_only_behind(source: Source, clear: Statement, insert: Statement) -> bool:
    """Whether the function commits behind the insert and not before: who returns in between leaves the rows as they were."""
    function = source.function_around(clear)
    if function is None or any(isinstance(above, cst.With) for above in source.parents(clear)):  # the end of a `with` may commit
        return False
    ends = m.findall(function, m.Call(func=m.Attribute(attr=m.Name("commit"))))
    rows = [source.span(one).row for one in ends]
    return any(row > source.span(insert).row for row in rows) and not any(
        source.span(clear).row <= row <= source.span(insert).row for row in rows
    )


def returns_between(source: Source, clear: Statement, insert: Statement) -> bool:
    """Whether the function of two statements may return after the first and before the second."""
    rows = range(source.span(clear).row, source.span(insert).row)
    function = source.function_around(insert)
    found = m.findall(function, m.Return()) if function is not None else ()
    return any(source.span(one).row in rows and source.function_around(one) is function for one in found)


def unconditional(source: Source, statement: Statement, top: cst.CSTNode, *, may_return: bool = False) -> None:
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
        no_way_out(source, block.body[: list(block.body).index(node)], may_return=may_return)
        node = around


def no_way_out(source: Source, between: Sequence[cst.BaseStatement], *, may_return: bool = False) -> None:
    """Raises CannotRepair when the function, or the loop around, may be left in statements."""
    for statement in between:
        for node in m.findall(statement, m.Break() | m.Continue() if may_return else m.Return() | m.Break() | m.Continue()):
            inner = source.around(node, cst.FunctionDef | cst.Lambda)
            if inner is not None and (inner is statement or statement in source.parents(inner)):
                continue
            loop = source.around(node, _LOOPS)
            if not isinstance(node, cst.Return) and loop is not None and (loop is statement or statement in source.parents(loop)):
                continue
            raise CannotRepair(f"the rows stay cleared when the function is left in between, at {source.path}:{source.span(node).row}")
