"""Places of findings as the protocol counts them: rows from 0, columns in the units that client and server agreed on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from lsprotocol import types

from session_lint.facts.location import Span

_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_BYTES = {types.PositionEncodingKind.Utf8: ("utf-8", 1), types.PositionEncodingKind.Utf16: ("utf-16-le", 2)}


class Texts:
    """The lines of some files, to count columns in."""

    def __init__(self, texts: Mapping[str, str], encoding: types.PositionEncodingKind) -> None:
        self._texts = texts
        self._encoding = encoding
        self._lines: dict[str, list[str]] = {}

    def range(self, path: str, span: Span) -> types.Range:
        """A region of a file."""
        return types.Range(self.position(path, span.row, span.column), self.position(path, span.end_row, span.end_column))

    def position(self, path: str, row: int, column: int) -> types.Position:
        """A place, from a row and a column that both count from 1, the column in code points."""
        if path not in self._lines:
            self._lines[path] = self._texts.get(path, "").split("\n")
        lines = self._lines[path]
        before = lines[row - 1][: column - 1] if 0 < row <= len(lines) else ""
        return types.Position(max(row - 1, 0), units(before, self._encoding))

    @staticmethod
    def line(row: int) -> types.Range:
        """All of a line."""
        return types.Range(types.Position(max(row - 1, 0), 0), types.Position(max(row, 1), 0))


def units(text: str, encoding: types.PositionEncodingKind) -> int:
    """How long a text is in the units of an encoding."""
    if encoding not in _BYTES:
        return len(text)
    name, size = _BYTES[encoding]
    return len(text.encode(name, "surrogatepass")) // size


def edits(before: str, after: str, encoding: types.PositionEncodingKind) -> list[types.TextEdit]:
    """What makes one text of another, in whole lines. Line ends are kept as they are."""
    old, new = _LINE_END.split(before), _LINE_END.split(after)
    found = []
    for kind, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            at = types.Range(_start(old, start, encoding), _start(old, end, encoding))
            found.append(types.TextEdit(at, "".join(new[first:last])))
    return found


def _start(lines: list[str], number: int, encoding: types.PositionEncodingKind) -> types.Position:
    """Where a line begins; behind the last one, the end of the text."""
    return types.Position(number, 0) if number < len(lines) else types.Position(number - 1, units(lines[-1], encoding))
