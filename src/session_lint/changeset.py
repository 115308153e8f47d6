"""Edits of several files at once: combined where they do not touch, and written all or none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from session_lint.errors import SessionLintError
from session_lint.facts.finding import Edit, Fix
from session_lint.facts.location import Span
from session_lint.facts.repair import Change

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Combined:
    """`taken` are the numbers of the fixes whose edits are in `edits`; the others touch the same spots and wait for the next pass."""

    taken: tuple[int, ...]
    edits: tuple[Edit, ...]


def combine(fixes: Sequence[Fix]) -> Combined:
    """The fixes that can be made together, first come, first served: each whole or not at all.

    Two fixes may make the very same edit (one import, one parameter): it is made once.
    """
    taken: list[int] = []
    chosen: dict[Edit, None] = {}
    for number, fix in enumerate(fixes):
        new = [edit for edit in fix.edits if edit not in chosen]
        if fix.edits and not any(_clash(edit, other) for edit in new for other in chosen):
            taken.append(number)
            chosen.update(dict.fromkeys(new))
    return Combined(tuple(taken), tuple(sorted(chosen, key=lambda edit: (edit.path, edit.span))))


def apply(contents: Mapping[str, bytes], edits: Iterable[Edit], encodings: Mapping[str, str]) -> dict[str, bytes]:
    """The content of every edited file after the edits, by path. Only the edited regions differ; line ends are the file's own."""
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    return {path: _edited(contents[path], by_path[path], encodings.get(path, "utf-8")) for path in sorted(by_path)}


def write(root: Path, changes: Sequence[Change]) -> None:
    """Writes all files or none. Raises SessionLintError, and leaves every file as it was, when one cannot be written."""
    for change in changes:
        if (root / change.path).read_bytes() != change.before:
            raise SessionLintError(f"{change.path} has changed since it was read: nothing was written; run again")
    for change in changes:
        (root / change.path).write_bytes(change.after)


def _edited(data: bytes, edits: Sequence[Edit], encoding: str) -> bytes:
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    codec = "utf-8" if encoding.lower() in {"utf-8", "utf-8-sig", "utf8"} else encoding
    text = data[len(mark) :].decode(codec, "surrogatepass" if codec == "utf-8" else "strict")
    ends = [0, *(found.end() for found in _NEWLINE.finditer(text))]
    newline = found[0] if (found := _NEWLINE.search(text)) else "\n"

    def offset(row: int, column: int) -> int:
        return len(text) if row > len(ends) else ends[row - 1] + column - 1

    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda one: one.span):
        start, end = offset(edit.span.row, edit.span.column), offset(edit.span.end_row, edit.span.end_column)
        parts += [text[done:start], edit.content.replace("\n", newline)]
        done = end
    parts.append(text[done:])
    return mark + "".join(parts).encode(codec, "surrogatepass" if codec == "utf-8" else "strict")


def _clash(left: Edit, right: Edit) -> bool:
    """Whether two edits touch. Insertions at one point do: their order would be chance."""
    if left.path != right.path:
        return False
    a, b = _ends(left.span), _ends(right.span)
    return a[0] < b[1] and b[0] < a[1] if a[0] != a[1] and b[0] != b[1] else a[0] <= b[1] and b[0] <= a[1]


def _ends(span: Span) -> tuple[tuple[int, int], tuple[int, int]]:
    return (span.row, span.column), (span.end_row, span.end_column)
