"""How wide lines are, and how a list in brackets is broken up when it grows too long."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements.statements import Statement, indent, rows


def unit(source: Source) -> str:
    """One step of indentation in this file."""
    return source.module.default_indent or "    "


def broken(source: Source, row: int, items: Sequence[str]) -> str:
    """What stands between the brackets of a list opened on `row`, on lines of its own: in one line if that fits, else one a line."""
    line = source.line(row)
    outer = line[: len(line) - len(line.lstrip())].lstrip("\f")
    inner = outer + unit(source)
    together = ", ".join(items)
    if len(inner) + len(together) <= source.limit:
        return f"\n{inner}{together}\n{outer}"
    return "".join(f"\n{inner}{item}," for item in items) + f"\n{outer}"


def append(source: Source, start: Span, end: Span, count: int, text: str) -> Edit:
    """`text` behind the last of `count` items of a list without a trailing comma: on a line of its own where the others are.

    `start` and `end` are the last item's own; a comment behind it stays with it. One item shows no habit, unless it takes several lines.
    """
    line = source.line(start.row)
    space = line[: start.column - 1]
    if space.strip() or (count == 1 and start.row == end.end_row):
        return source.insert(end.end_row, end.end_column, f", {text}")
    text += "," if count == 1 else ""
    rest = source.line(end.end_row)[end.end_column - 1 :]
    if not rest.lstrip().startswith("#"):
        return source.insert(end.end_row, end.end_column, f",\n{space}{text}")
    return Edit(source.path, f",{rest}\n{space}{text}", Span(end.end_row, end.end_column, end.end_row, end.end_column + len(rest)))


def wrap(source: Source, statement: Statement, header: str, end: Statement | None = None) -> Edit:
    """A statement, as it is, inside a new block: `header` ("if session is None:") above it, its lines one step to the right.

    With `end`, all up to that statement of the same block.

    Comments above it stay above the header. Lines inside a string keep their place: they are part of it.
    """
    first, last = rows(source, statement)[0], rows(source, end or statement)[1]
    kept = _in_strings(source, statement) | (_in_strings(source, end) if end is not None else frozenset())
    space, step = indent(source, statement), unit(source)
    lines = [line if not line.strip() or row in kept else step + line for row, line in enumerate(_lines(source, first, last), first)]
    text = "\n".join([f"{space}{header}", *lines])
    return Edit(source.path, text, Span(first, 1, last, len(source.line(last)) + 1))


def _lines(source: Source, first: int, last: int) -> list[str]:
    return [source.line(row) for row in range(first, last + 1)]


def _in_strings(source: Source, statement: cst.CSTNode) -> frozenset[int]:
    """The rows that begin inside a string."""
    found: set[int] = set()

    class Visitor(cst.CSTVisitor):
        def visit_SimpleString(self, node: cst.SimpleString) -> None:  # noqa: N802 - libcst's name
            self._add(node)

        def visit_FormattedString(self, node: cst.FormattedString) -> None:  # noqa: N802
            self._add(node)

        def visit_TemplatedString(self, node: cst.CSTNode) -> None:  # noqa: N802
            self._add(node)

        def _add(self, node: cst.CSTNode) -> None:
            span = source.span(node)
            found.update(range(span.row + 1, span.end_row + 1))

    statement.visit(Visitor())
    return frozenset(found)


def require_lines(source: Source, statement: Statement) -> None:
    """Raises CannotRepair for a line that goes on by a backslash, which a step to the right may break."""
    first, last = rows(source, statement)
    if any(line.rstrip().endswith("\\") for line in _lines(source, first, last)):
        raise CannotRepair(f"the statement at {source.path}:{first} goes on over lines by a backslash")
