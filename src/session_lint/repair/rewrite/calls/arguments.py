"""Edits of the arguments of a call."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.statements import layout


def add_argument(source: Source, call: cst.Call, argument: str, *, fit: bool = False) -> Edit:
    """`argument` ("session_id=session_id") as a new last argument, in the layout of the others: one a line, or in one line.

    With `fit`, a call in one line that would grow over the file's limit is broken up.
    Raises CannotRepair for a bare generator, which would need parentheses of its own.
    """
    if not call.args:
        row, column = _inside(source, call)
        return source.insert(row, column, argument)
    last = call.args[-1]
    if isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        raise CannotRepair(f"the call at {source.path}:{source.span(call).row} takes a bare generator")
    if not isinstance(last.comma, cst.Comma):
        broken = _broken(source, call, argument) if fit else None
        if broken is not None:
            return broken
        end = source.outer(last.value)
        return layout.append(source, source.span(last), end, len(call.args), argument)
    comma = source.span(last.comma)
    column = source.line(comma.row).index(",", comma.column - 1) + 2
    if source.span(call).end_row == comma.row:
        return source.insert(comma.row, column, f" {argument}")
    line, rest = source.line(source.span(last).row), source.line(comma.row)
    if rest[column - 1 :].lstrip().startswith("#"):  # a comment behind the comma stays with its argument
        column = len(rest) + 1
    return source.insert(comma.row, column, f"\n{line[: len(line) - len(line.lstrip())]}{argument},")


def has_keyword(call: cst.Call, name: str) -> bool:
    """Whether a call already gives an argument by that name, or by `**`."""
    return any(arg.star == "**" or (arg.keyword is not None and arg.keyword.value == name) for arg in call.args)


def _broken(source: Source, call: cst.Call, argument: str) -> Edit | None:
    """All arguments anew, on lines of their own, when a call in one line would grow over the file's limit."""
    row, column = _inside(source, call)
    start = source.span(called_name(call)).end_column
    if source.span(call).row != row or len(source.line(row)) + len(argument) + 2 <= source.usual:
        return None
    if _closes(source.line(row)[column:]):  # within another call: that one would have to be broken up too
        return None
    opening = source.line(row).index("(", start - 1) + 2
    return Edit(source.path, layout.broken(source, row, [*map(source.code, call.args), argument]), Span(row, opening, row, column))


def _closes(rest: str) -> bool:
    """Whether a bracket ends that was opened before."""
    depth = 0
    for character in rest.split("#", 1)[0]:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            return True
    return False


def _inside(source: Source, call: cst.Call) -> tuple[int, int]:
    """The point before the closing parenthesis."""
    span = source.span(call)
    return span.end_row, span.end_column - 1
