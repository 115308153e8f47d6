"""Statements written once more, or one step further in."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.repair.rewrite.file.source import CannotRepair, Source, inside
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement

_TEXTS = cst.SimpleString | cst.FormattedString | cst.TemplatedString


def lines(source: Source, body: Sequence[Statement], space: str, *, more: bool = False) -> list[str]:
    """The lines of statements of one block, which stand at `space` in the end. Lines inside a string stay as they are.

    `more`: comments and empty lines between them come along.
    """
    found: list[str] = []
    own = statements.indent(source, body[0]) if body else ""
    kept = frozenset(row for one in body for row in in_texts(source, one))
    rows = [statements.rows(source, one) for one in body]
    wanted = [range(rows[0][0], rows[-1][1] + 1)] if more and rows else [range(first, last + 1) for first, last in rows]
    for row in (row for part in wanted for row in part):
        line = source.line(row)
        found.append(line if row in kept or not line.strip() else space + line.removeprefix(own))
    return found


def in_texts(source: Source, node: cst.CSTNode) -> frozenset[int]:
    """The rows that begin inside a string."""
    found: set[int] = set()
    stack: list[cst.CSTNode] = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, _TEXTS):
            span = source.span(one)
            found.update(range(span.row + 1, span.end_row + 1))
        stack += inside(one)
    return frozenset(found)


def suite(body: cst.BaseSuite) -> tuple[Statement, ...]:
    """The statements of a block. Raises CannotRepair for one that stands behind its colon."""
    if not isinstance(body, cst.IndentedBlock):
        raise CannotRepair("what is done where a row was found stands behind the colon")
    return tuple(one for one in body.body if isinstance(one, Statement))
