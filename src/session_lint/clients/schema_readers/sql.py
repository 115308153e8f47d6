"""SQL: `CREATE TABLE`, `CREATE UNIQUE INDEX` and `ALTER TABLE` in files of statements and in the texts of Python files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from session_lint.clients.index_statements import dotted
from session_lint.clients.schema_reader import SchemaReader, SchemaText
from session_lint.facts.schema import Declared

_START = re.compile(
    r"\b(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+|UNLOGGED\s+)?TABLE|CREATE\s+UNIQUE\s+INDEX|ALTER\s+TABLE|DROP\s+INDEX)\b",
    re.IGNORECASE,
)
_GONE = re.compile(r"\bDROP\s+(?:INDEX|CONSTRAINT)\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?(?:\w+\.)?[\"`]?(?P<name>\w+)", re.IGNORECASE)


_ADDS = re.compile(r"CREATE\s+UNIQUE|ALTER", re.IGNORECASE)
HOLE = "put_in_here"


class Sql(SchemaReader):
    """Statements that a project sends as text. sqlglot is imported for the first of them."""

    words: ClassVar[tuple[bytes, ...]] = (
        *(b"CREATE TABLE", b"create table", b"Create Table", b"UNIQUE INDEX", b"unique index", b"ADD CONSTRAINT", b"add constraint"),
        *(b"ADD UNIQUE", b"add unique", b"ADD PRIMARY KEY", b"DROP INDEX", b"drop index", b"DROP CONSTRAINT", b"drop constraint"),
    )

    def of_text(self, text: SchemaText) -> Iterator[Declared]:
        """Each table, what is added to one, and what a migration of Django takes away: steps of others may be undone in the same file."""
        gone: dict[str, int] = {}
        made: set[str] = set()
        for row, statement, forward in _statements(text):
            from session_lint.clients.sql_schema import declared

            gone.update({found["name"]: row for found in _GONE.finditer(statement)} if forward else {})
            for one in declared(statement, text.path, row):
                made.update(unique.where for unique in one.unique)
                yield from (_told(one, row),) if HOLE not in one.table else ()
        for name in sorted(gone.keys() - made):  # what is made in the same file may be made after it was taken away
            yield Declared(text.path, partly=True, row=gone[name], drops=(name,))


def _told(one: Declared, row: int) -> Declared:
    """What is declared; a set of columns of which one is put in is a gap."""
    if not any(HOLE in name for made in one.unique for name in made.columns):
        return one
    return replace(one, unique=(), gaps=(*one.gaps, f"a statement in {one.path}:{row}"))


def _statements(text: SchemaText) -> Iterator[tuple[int, str, bool]]:
    """The statements of a file with their rows, and whether each is what a step of Django's migrations does."""
    if not text.path.endswith(".py"):
        yield from ((*one, False) for one in _parts(text.data.decode("utf-8", "replace"), 1))
        return
    try:
        tree = ast.parse(text.data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    undoing = _undoing(tree)
    joined = {id(part) for node in formatted for part in node.values} | undoing
    steps = b"RunSQL" in text.data and b"RunPython" not in text.data
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in joined and _START.search(node.value):
            yield from ((*one, steps) for one in _parts(node.value, node.lineno))
    for node in formatted:
        if id(node) not in joined:
            yield from ((*one, False) for one in _filled(node))


def _undoing(tree: ast.Module) -> set[int]:
    """What a migration of Django sends only to undo it, by identity: `RunSQL(sql, reverse_sql)`, also by the name of a constant."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "RunSQL"]
    given_back = [(*call.args[1:2], *(one.value for one in call.keywords if one.arg == "reverse_sql")) for call in calls]
    found = {id(node) for given in given_back for one in given for node in ast.walk(one)}
    if found:
        said = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
        forward = {node.id for node in said if id(node) not in found}
        named = {node.id for node in said} - forward
        made = (node for node in tree.body if isinstance(node, ast.Assign) and all(_is_one_of(target, named) for target in node.targets))
        found |= {id(node) for one in made for node in ast.walk(one.value)}
    return found


def _is_one_of(target: ast.expr, names: set[str]) -> bool:
    return isinstance(target, ast.Name) and target.id in names


def _filled(node: ast.JoinedStr) -> Iterator[tuple[int, str]]:
    """The statements of a text with values put in that add to a table: what is put in is a name that nothing else has."""
    text = "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
    for row, statement in _parts(text, node.lineno) if _START.search(text) else ():
        if _ADDS.match(statement):
            yield row, statement


def _parts(text: str, row: int) -> Iterator[tuple[int, str]]:
    """The statements of a text that declare something, each with its row."""
    plain = re.sub(r"--[^\n]*|/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    at = 0
    for part in re.split(r"(?<=;)(?=(?:[^']*'[^']*')*[^']*$)", plain):
        found = _START.search(part)
        if found is not None and not part[: found.start()].strip(" \t\r\n({"):
            yield row + plain.count("\n", 0, at + found.start()), part[found.start() :].rstrip().rstrip(";")
        at += len(part)
