"""The tables of a project for people: each with the place of its declaration and of its unique sets."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from session_lint.analysis import pipeline
from session_lint.analysis.project import Project
from session_lint.facts.location import Place, Span
from session_lint.facts.schema import Table
from session_lint.facts.schema_report import Placed, SchemaReport


def schema(project: Project, reported: frozenset[str]) -> SchemaReport:
    """The tables that the reported files declare; of a whole project, those of migrations and files of statements too."""
    program = pipeline.program_of(project, pipeline.index_files(project), [])
    rows: dict[str, Mapping[str, int]] = {}
    found: list[Placed] = []
    for table in program.schema.tables():
        if table.path not in reported and "" not in project.asked:
            continue
        if table.path not in rows:
            rows[table.path] = dict(_rows(project.contents.get(table.path, b"")))
        found.append(_placed(table, rows[table.path], project.names.of(table.path)[0] if table.model else ""))
    return SchemaReport(tuple(found), pipeline.finished(project))


def _placed(table: Table, rows: Mapping[str, int], module: str) -> Placed:
    name = table.model.removeprefix(f"{module}.")
    row = table.row or rows.get(name, 1)
    return Placed(table, _at(table.path, row), tuple(_at(table.path, rows.get(f"{name}.{one.where}", row)) for one in table.unique))


def _at(path: str, row: int) -> Place:
    return Place(path, Span(row, 1, row, 1))


def _rows(data: bytes) -> Iterator[tuple[str, int]]:
    """The rows of what a file defines: classes, their attributes and what is inside them, variables."""
    try:
        body = ast.parse(data).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    stack: list[tuple[str, ast.stmt]] = [("", node) for node in reversed(body)]
    while stack:
        prefix, node = stack.pop()
        for name in _names(node):
            yield f"{prefix}{name}", node.lineno
            if isinstance(node, ast.ClassDef):
                stack += [(f"{prefix}{name}.", inner) for inner in reversed(node.body)]


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.ClassDef(name) | ast.FunctionDef(name):
            return [name]
        case ast.Assign(targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(ast.Name(name)):
            return [name]
    return []
