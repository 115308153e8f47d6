"""Edits that put the result of a call into a variable, and variables in the place of calls."""

from __future__ import annotations

import ast

import libcst as cst

from session_lint.analysis.cst.names import below, bound_names
from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import Source
from session_lint.repair.rewrite.records.results import Result
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement


def substitute(source: Source, node: cst.BaseExpression, name: str) -> Edit:
    """A name in the place of an expression; parentheses around that go too, unless they keep a keyword and the name apart."""
    outer = source.outer(node)
    before = source.line(outer.row)[outer.column - 2 : outer.column - 1] if outer.column > 1 else ""
    return Edit(source.path, name, source.span(node) if before.isalnum() or before == "_" else outer)


def leading_row(source: Source, statement: Statement) -> int:
    """The first line of the comments that stand directly above a statement; its own first line without any."""
    row = statements.rows(source, statement)[0]
    space = statements.indent(source, statement)
    while row > 1 and source.line(row - 1).startswith(f"{space}#"):
        row -= 1
    return row


def insert_above(source: Source, statement: Statement, text: str) -> Edit:
    """A new statement above another one and the comments that belong to it; of several lines only the first is indented here."""
    return source.insert(leading_row(source, statement), 1, f"{statements.indent(source, statement)}{text}\n")


def moved_text(source: Source, span: Span, text: str, space: str) -> str:
    """A text that begins at `span`, as it is written in a statement that is indented by `space`; its first line is not."""
    line = source.line(span.row)
    spare = len(line) - len(line.lstrip()) - len(space)
    shifted = "\n".join([text.split("\n")[0], *(_shifted(one, spare) for one in text.split("\n")[1:])])
    return shifted if _same(text, shifted) else text


def calls_before(result: Result) -> bool:
    """Whether the statement of a value calls something else before it."""
    source = result.source
    around = {id(one) for one in source.parents(result.value)}
    stack: list[cst.CSTNode] = [result.statement]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.IndentedBlock):
            continue
        if isinstance(node, cst.Call | cst.Await) and id(node) not in around and node is not result.value:
            span = source.span(node)
            if (span.row, span.column) < result.start:
                return True
        stack.extend(below(node))
    return False


def ignored_name(source: Source) -> str:
    """A name for what is not used: `_`, unless that is a function of the file, as the one that translates."""
    return "_created" if "_" in bound_names(source.module)[0] else "_"


def widened(edit: Edit, source: Source, statement: Statement) -> Edit:
    """The removal of a statement, with the comments directly above it."""
    row = leading_row(source, statement)
    if row >= edit.span.row:
        return edit
    return Edit(edit.path, edit.content, Span(row, edit.span.column, edit.span.end_row, edit.span.end_column))


def _shifted(line: str, spare: int) -> str:
    if spare > 0 and line[:spare].isspace():
        return line[spare:]
    return " " * -spare + line if spare < 0 and line.strip() else line


def _same(left: str, right: str) -> bool:
    """Whether two texts are the same code: not when a string of several lines was shifted."""
    trees = []
    for text in (left, right):
        try:
            trees.append(ast.dump(ast.parse(f"async def f():\n {text}")))
        except SyntaxError:
            return False
    return trees[0] == trees[1]
