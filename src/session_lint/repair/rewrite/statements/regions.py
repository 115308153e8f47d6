"""A run of statements in one block, and a `with` around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement

_FRAMES = cst.FunctionDef | cst.Lambda | cst.ClassDef
_TEXTS = cst.SimpleString | cst.FormattedString | cst.TemplatedString


@dataclass(frozen=True, slots=True)
class Run:
    """Statements that follow each other in `block`."""

    source: Source
    block: cst.IndentedBlock | cst.Module
    body: tuple[Statement, ...]

    @property
    def rows(self) -> tuple[int, int]:
        """The first and last line, with comments below the last statement that are indented deeper than it."""
        first, last = statements.rows(self.source, self.body[0])[0], statements.rows(self.source, self.body[-1])[1]
        space = len(statements.indent(self.source, self.body[0]))
        row = last
        while row < self.source.rows:
            row += 1
            line = self.source.line(row)
            if line.strip() and not (line.lstrip().startswith("#") and len(line) - len(line.lstrip()) > space):
                break
            last = row if line.strip() else last
        return first, last

    @property
    def text_rows(self) -> frozenset[int]:
        """The lines that begin inside a string: what is added there changes the string."""
        found: set[int] = set()
        source = self.source

        class Visitor(cst.CSTVisitor):
            def on_visit(self, node: cst.CSTNode) -> bool:
                if isinstance(node, _TEXTS):
                    span = source.span(node)
                    found.update(range(span.row + 1, span.end_row + 1))
                return True

        for statement in self.body:
            statement.visit(Visitor())
        return frozenset(found)


def smallest(source: Source, first: cst.CSTNode, second: cst.CSTNode) -> Run:
    """The smallest run of one block that holds both nodes. Raises CannotRepair when they are not in one function."""
    if source.around(first, _FRAMES) is not source.around(second, _FRAMES):
        raise CannotRepair("the two calls are not in one function body")
    line = tuple(_places(source, first))
    for block, index in _places(source, second):
        other = next((place for known, place in line if known is block), None)
        if other is None:
            continue
        body = block.body[min(index, other) : max(index, other) + 1]
        if index < other:
            raise CannotRepair("the insert stands above the clear")
        return Run(source, block, tuple(statement for statement in body if isinstance(statement, Statement)))
    raise CannotRepair("the two calls have no block in common")


def wrap(run: Run, header: str, *, closing: str = "", inner: Sequence[cst.IndentedBlock] = ()) -> tuple[Edit, ...]:
    """`header` ("with x:") above a run, the lines of the run indented below it, and `closing` as the last of them.

    A header of several lines is one `with` in another.
    A `with` of the very same header in the run is taken apart: its statements are in the new one. `inner` are blocks in the
    run that get such a `with` of their own.
    """
    source = run.source
    first, last = run.rows
    one = _unit(run)
    unit = one * (header.count("\n") + 1)
    old = [rows for statement in run.body if (rows := _opened_by(source, statement, header)) is not None]
    edits: list[Edit] = []
    for row in range(first, last + 1):
        opened = next((rows for rows in old if rows[0] <= row <= rows[1]), None)
        if opened is None:
            edits += _indented(run, row, unit)
        elif row == opened[0] != first:
            edits.append(Edit(source.path, "", Span(row, 1, row + 1, 1)))
    for block in inner:
        start, end = source.span(block.body[0]).row, _end(source, block)
        edits = [replace(edit, content=edit.content + unit) if start <= edit.span.row <= end else edit for edit in edits]
        above = _heading(f"{unit}{_space(source, start)}", header, one)
        edits = [replace(edit, content=above + edit.content) if edit.span.row == start else edit for edit in edits]
    if not old or old[0][0] != first:
        edits[0] = replace(edits[0], content=_heading(statements.indent(source, run.body[0]), header, one) + edits[0].content)
    if closing:
        edits.append(statements.after(source, run.body[-1], [unit + closing]))
    return tuple(edits)


def moved(run: Run, header: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Edits inside a run that is wrapped: the lines that they add go further in with the others."""
    first, last = run.rows
    deep = _unit(run) * (header.count("\n") + 1)
    return tuple(
        replace(edit, content=edit.content.replace("\n", f"\n{deep}")) if first <= edit.span.row <= last else edit for edit in edits
    )


def wrap_in_try(run: Run, header: str) -> tuple[Edit, ...]:
    """The same for a run that ends with a `try`: what stands above goes into it, and `header` is its first statement."""
    source, attempt = run.source, run.body[-1]
    assert isinstance(attempt, cst.Try)
    first, start = run.rows[0], source.span(attempt).row
    if source.line(start).strip() != "try:" or not isinstance(attempt.body, cst.IndentedBlock):
        raise CannotRepair(f"the `try` at {source.path}:{start} shares its line with something else")
    space, unit = statements.indent(source, attempt), _unit(run)
    deep = unit * (header.count("\n") + 1)
    edits = [edit for row in range(first, start) for edit in _indented(run, row, unit + deep)]
    edits[0] = replace(edits[0], content=f"{space}try:\n{_heading(space + unit, header, unit)}{edits[0].content}")
    edits.append(Edit(source.path, "", Span(start, 1, start + 1, 1)))
    last = _end(source, attempt.body)
    edits += [edit for row in range(start + 1, last + 1) for edit in _indented(run, row, deep)]
    return tuple(edits)


def _heading(space: str, header: str, unit: str) -> str:
    """The lines of a header, each one further in than the one before."""
    return "".join(f"{space}{unit * number}{line}\n" for number, line in enumerate(header.split("\n")))


def _end(source: Source, block: cst.IndentedBlock) -> int:
    last = block.body[-1]
    assert isinstance(last, Statement)
    return statements.rows(source, last)[1]


def _space(source: Source, row: int) -> str:
    line = source.line(row).lstrip("\f")
    return line[: len(line) - len(line.lstrip())]


def _indented(run: Run, row: int, unit: str) -> Iterator[Edit]:
    """One line further in. The continuation lines of strings stay as they are, and blank lines stay empty."""
    line = run.source.line(row)
    if line.strip() and row not in run.text_rows:
        yield run.source.insert(row, len(line) - len(line.lstrip("\f")) + 1, unit)


def _unit(run: Run) -> str:
    space = statements.indent(run.source, run.body[0])
    return "\t" if "\t" in space else run.source.module.default_indent


def _opened_by(source: Source, statement: Statement, header: str) -> tuple[int, int] | None:
    """The lines of a statement that is a `with` of that header, alone on its line."""
    if not isinstance(statement, cst.With) or not isinstance(statement.body, cst.IndentedBlock):
        return None
    rows = statements.rows(source, statement)
    return rows if source.line(rows[0]).strip() == header else None


def _places(source: Source, node: cst.CSTNode) -> Iterator[tuple[cst.IndentedBlock | cst.Module, int]]:
    """The blocks of one function around a node, innermost first, with the number of the statement in it that holds the node."""
    inner = node
    for above in source.parents(node):
        if isinstance(above, _FRAMES):
            return
        if isinstance(above, cst.IndentedBlock | cst.Module):
            yield above, next(index for index, one in enumerate(above.body) if one is inner)
        inner = above
