"""Reading files of named statements: a comment before each block says what it is called, and how it is to be run.

-- name: delete-lines!          aiosql, anosql, yesql and most parsers of a project's own
-- :name delete_lines :affected  pugsql, hugsql
"""

from __future__ import annotations

import re

from session_lint.clients.sql_text import named_placeholders
from session_lint.facts.statement_file import NamedStatement, StatementFile

_HEAD = re.compile(
    r"^[ \t]*(?:--+|/\*|\#)[ \t]*(?P<colon>:?)name(?:[ \t]*:[ \t]*|[ \t]+)(?P<name>[A-Za-z_][\w.-]*)(?:\([^)\n]*\))?"
    r"[ \t]*(?P<operator><!|\*!|[!^$\#])?(?P<rest>[^\n]*)$",
    re.MULTILINE,
)
_QUOTED_OR_COMMENT = re.compile(r"""('[^']*'|"[^"]*")|--[^\n]*|/\*.*?\*/""", re.DOTALL)


def read_file(path: str, data: bytes) -> StatementFile:
    """What stands in a file of statements."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    heads = [head for head in _HEAD.finditer(text) if head["colon"] or ":" in head[0].partition("name")[2]]
    starts = [*[head.start() for head in heads], len(text)]
    blocks = tuple(_block(head, text[head.end() : end]) for head, end in zip(heads, starts[1:], strict=True))
    return StatementFile(path, _plain(text), blocks)


def _block(head: re.Match[str], text: str) -> NamedStatement:
    plain = _plain(text)
    asked = named_placeholders(_QUOTED_OR_COMMENT.sub(" ", plain))
    return NamedStatement(head["name"].replace("-", "_"), plain, head["operator"] or "", asked)


def _plain(text: str) -> str:
    """The text without comments, which may hold quotes and colons of any kind."""
    return _QUOTED_OR_COMMENT.sub(lambda found: found[1] or " ", text).strip()
