"""Less text to parse: only the selected functions of a file, on the rows where they stand.

libcst parses some 15 thousand lines a second, and most functions of a file are not selected. Bodies that are not
needed are left out; when module-level code is not needed either, only the needed functions stay. Rows and columns do
not change, until the rows that are empty by then are taken out too: to libcst an empty line is three nodes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from session_lint.facts.module_index import FunctionIndex

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_INDENT = re.compile(r"[ \t\f]*")


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends, divided as Python's parser divides them."""
    return _LINE.findall(text)


def reduced(text: str, functions: Sequence[FunctionIndex], wanted: frozenset[str], *, module_code: bool) -> str:
    """The text without what is not needed for the wanted functions.

    A function inside a wanted one stays whole: its decorators and defaults belong to the flow around it.
    """
    lines = split_lines(text)
    outermost = sorted(functions, key=lambda f: (f.first_line, -f.last_line))
    needed = [f for f in outermost if f.qualname in wanted]
    covered = 0
    for function in outermost:
        if function.first_line > covered and not any(_overlap(function, one) for one in needed):
            _blank(lines, function)
            covered = function.last_line
    return "".join(lines) if module_code else "".join(_only(lines, outermost, needed))


def without_gaps(text: str, whole: str) -> tuple[str, tuple[int, ...]]:
    """A text that was reduced without the rows of the whole text that it has left empty, and the row in that of each row.

    No rows where they cannot be told: of mixed line ends, two may have become one.
    """
    lines, rows = list[str](), list[int]()
    left, all_ = split_lines(text), split_lines(whole)
    if len(left) != len(all_) - (bool(all_) and not text.endswith(all_[-1][-1]) and all_[-1][-1] not in "\r\n"):
        return text, ()
    gap = False
    for row, (line, before) in enumerate(zip(left, all_, strict=False), 1):
        gap = not line.strip() and (gap or bool(before.strip()))  # what is left of a row that was empty before it may be in a string
        if not gap:
            lines.append(line)
            rows.append(row)
    return "".join(lines), tuple(rows)


def _overlap(function: FunctionIndex, other: FunctionIndex) -> bool:
    return _contains(function, other) or _contains(other, function)


def _contains(outer: FunctionIndex, inner: FunctionIndex) -> bool:
    return outer.first_line <= inner.first_line and inner.last_line <= outer.last_line


def _blank(lines: list[str], function: FunctionIndex) -> None:
    """Leave `...` of a body. Decorators and defaults stay: module-level code runs them. So does a body that may begin
    on the last line of the header."""
    first = function.body_line - 1
    before = first - 1
    while before >= function.first_line and not lines[before].split("#")[0].strip():
        before -= 1
    if before < function.first_line - 1 or not lines[before].split("#")[0].rstrip().endswith(":"):
        return
    indent = _INDENT.match(lines[first])
    for row in range(first, min(function.last_line, len(lines))):
        lines[row] = _end(lines[row])
    lines[first] = f"{indent.group() if indent is not None else ''}...{_end(lines[first])}"


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _only(lines: list[str], functions: Sequence[FunctionIndex], needed: Sequence[FunctionIndex]) -> list[str]:
    """Only the outermost functions around the needed ones; `if 1:` opens the block of an indented one."""
    kept = [_end(line) for line in lines]
    covered = 0
    opened = ""
    for function in functions:
        if function.first_line <= covered or not any(_contains(function, one) for one in needed):
            continue
        rows = slice(function.first_line - 1, function.last_line)
        kept[rows] = lines[rows]
        found = _INDENT.match(lines[function.first_line - 1])
        indent = found.group() if found is not None else ""
        if indent and indent != opened:
            row = function.first_line - 2
            if row < covered:
                return lines
            kept[row] = f"if 1:{_end(lines[row])}"
        opened = indent
        covered = function.last_line
    return kept
