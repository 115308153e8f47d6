"""SQL: `CREATE TABLE`, `CREATE UNIQUE INDEX` and `ALTER TABLE` in files of statements and in the texts of Python files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from session_lint.clients.schema_reader import SchemaReader, SchemaText
from session_lint.facts.schema import Declared

_START = re.compile(
    r"\b(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+|UNLOGGED\s+)?TABLE|CREATE\s+UNIQUE\s+INDEX|ALTER\s+TABLE)\b", re.IGNORECASE
)


class Sql(SchemaReader):
    """Statements that a project sends as text. sqlglot is imported for the first of them."""

    words: ClassVar[tuple[bytes, ...]] = (
        *(b"CREATE TABLE", b"create table", b"Create Table", b"UNIQUE INDEX", b"unique index", b"ADD CONSTRAINT", b"add constraint"),
        *(b"ADD UNIQUE", b"add unique", b"ADD PRIMARY KEY"),
    )

    def of_text(self, text: SchemaText) -> Iterator[Declared]:
        """Each table, and what is added to one."""
        for row, statement in _statements(text):
            from session_lint.clients.sql_schema import declared

            yield from declared(statement, text.path, row)


def _statements(text: SchemaText) -> Iterator[tuple[int, str]]:
    if not text.path.endswith(".py"):
        yield from _parts(text.data.decode("utf-8", "replace"), 1)
        return
    try:
        tree = ast.parse(text.data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    joined = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in joined and _START.search(node.value):
            yield from _parts(node.value, node.lineno)


def _parts(text: str, row: int) -> Iterator[tuple[int, str]]:
    """The statements of a text that declare something, each with its row."""
    plain = re.sub(r"--[^\n]*|/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    at = 0
    for part in re.split(r"(?<=;)(?=(?:[^']*'[^']*')*[^']*$)", plain):
        found = _START.search(part)
        if found is not None and not part[: found.start()].strip(" \t\r\n({"):
            yield row + plain.count("\n", 0, at + found.start()), part[found.start() :].rstrip().rstrip(";")
        at += len(part)
