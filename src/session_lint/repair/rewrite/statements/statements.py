"""Edits of whole statements."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import CannotRepair, Source

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


def rows(source: Source, statement: Statement) -> tuple[int, int]:
    """The first and last line of a statement, decorators included, comments above it not."""
    first = source.span(statement).row
    if isinstance(statement, cst.FunctionDef | cst.ClassDef) and statement.decorators:
        first = min(first, source.span(statement.decorators[0]).row)
    return first, _last_row(source, statement)


def indent(source: Source, statement: Statement) -> str:
    """The white space before a statement."""
    line = source.line(source.span(statement).row)
    return line[: len(line) - len(line.lstrip())].lstrip("\f")


def before(source: Source, statement: Statement, lines: Sequence[str]) -> Edit:
    """New lines before a statement, at its indentation; `lines` are indented relative to it."""
    space = indent(source, statement)
    return source.insert(rows(source, statement)[0], 1, "".join(f"{space}{line}\n" if line else "\n" for line in lines))


def after(source: Source, statement: Statement, lines: Sequence[str]) -> Edit:
    """New lines after a statement, at its indentation."""
    space = indent(source, statement)
    last = rows(source, statement)[1]
    body = "\n".join(f"{space}{line}" if line else "" for line in lines)
    if last >= source.rows and not source.text.endswith("\n"):
        return source.insert(last, len(source.line(last)) + 1, f"\n{body}")
    return source.insert(last + 1, 1, f"{body}\n")


def remove(source: Source, statement: Statement, *following: Statement, lead: int = 0) -> Edit:
    """Takes a statement out, with its lines, and those right after it; where the block would be empty, `pass` takes their place.

    A comment at the end of the lines goes with them: ask `comments` first. `lead` lines above it go too, unless `pass` is left.
    """
    gone = (statement, *following)
    first, last = rows(source, statement)[0], rows(source, gone[-1])[1]
    block = source.parent(statement)
    if not isinstance(block, cst.IndentedBlock | cst.Module):
        raise CannotRepair(f"the statement at {source.path}:{first} shares its line with another one")
    if isinstance(block, cst.IndentedBlock) and len(block.body) == len(gone):
        return Edit(source.path, "pass", _whole(source, first, last, indented=len(indent(source, statement))))
    first -= lead
    blank_above = first == 1 or not source.line(first - 1).strip() or block.body[0] is statement
    while blank_above and last < source.rows and not source.line(last + 1).strip() and block.body[-1] is not gone[-1]:
        last += 1  # two separate gaps become one
    if last >= source.rows:  # the last line of the file: its end is the end of the line before
        end = Span(last, len(source.line(last)) + 1, last, len(source.line(last)) + 1)
        if source.text.endswith("\n"):
            return Edit(source.path, "", Span(first, 1, last + 1, 1))
        return Edit(source.path, "", Span(first - 1, len(source.line(first - 1)) + 1, end.end_row, end.end_column))
    return Edit(source.path, "", Span(first, 1, last + 1, 1))


def heading(source: Source, statement: Statement, last: Statement) -> tuple[str, ...]:
    """The comments right above a statement that speak of it, and those up to `last`, alone: a blank line or the block's end follows."""
    block = block_of(source, statement)
    end = rows(source, last)[1]
    if len(block) == 1 or (block[-1] is not last and source.line(end + 1).strip()):
        return ()
    space = indent(source, statement)
    found: list[str] = []
    row = rows(source, statement)[0] - 1
    while row and source.line(row).startswith(f"{space}#"):
        found.append(source.line(row).strip())
        row -= 1
    return tuple(reversed(found))


def comments(source: Source, statement: Statement) -> tuple[str, ...]:
    """The comments that stand on the lines of a statement or inside it, in order."""
    first, last = rows(source, statement)
    found: list[tuple[int, str]] = []

    class Visitor(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802 - libcst's name
            row = source.span(node).row
            if first <= row <= last:
                found.append((row, node.value))

    statement.visit(Visitor())
    return tuple(text for _, text in sorted(found, key=lambda one: one[0]))


def block_of(source: Source, statement: Statement) -> Sequence[cst.BaseStatement]:
    """The statements of the block a statement is in. Raises CannotRepair when it is in none (`if x: a`)."""
    block = source.parent(statement)
    if isinstance(block, cst.IndentedBlock | cst.Module):
        return block.body
    raise CannotRepair(f"the statement at {source.path}:{source.span(statement).row} shares its line with another one")


def _last_row(source: Source, node: cst.CSTNode) -> int:
    """A block ends where its last statement does: its own span takes in the line end."""
    if isinstance(node, cst.SimpleStatementLine):
        return source.span(node.body[-1]).end_row
    if isinstance(node, cst.SimpleStatementSuite):
        return source.span(node.body[-1]).end_row
    if isinstance(node, cst.IndentedBlock):
        return _last_row(source, node.body[-1])
    for name in ("finalbody", "orelse"):
        part = getattr(node, name, None)
        if part is not None:
            return _last_row(source, part)
    if isinstance(node, cst.Try | cst.TryStar) and node.handlers:
        return _last_row(source, node.handlers[-1])
    if isinstance(node, cst.Match):
        return _last_row(source, node.cases[-1])
    body = getattr(node, "body", None)
    return _last_row(source, body) if isinstance(body, cst.CSTNode) else source.span(node).end_row


def _whole(source: Source, first: int, last: int, *, indented: int) -> Span:
    return Span(first, indented + 1, last, len(source.line(last)) + 1)
