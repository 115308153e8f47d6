"""Edits of several files as text: combined where they do not touch, and made in the bytes of the files."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from session_lint.facts.finding import Edit, Fix
from session_lint.facts.location import Span

_NEWLINE = re.compile(r"\r\n|\r|\n")
_MARK = b"\xef\xbb\xbf"
_Point = tuple[int, int]


class CannotApply(Exception):  # noqa: N818 - not an error: the fix is only shown, with this reason
    """Why edits cannot be made in a file. `path` is the file, `reason` completes "not repaired: ..."."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Combined:
    """`taken` are the numbers of the fixes whose edits are in `edits`; the others touch the same spots and wait for the next pass."""

    taken: tuple[int, ...]
    edits: tuple[Edit, ...]


def combine(fixes: Sequence[Fix]) -> Combined:
    """The fixes that can be made together, first come, first served: each whole or not at all.

    Two fixes may make the very same edit (one import, one parameter): it is made once. Edits of one fix keep their order.
    """
    taken: list[int] = []
    chosen: dict[Edit, None] = {}
    regions = _Regions()
    for number, fix in enumerate(fixes):
        new = [edit for edit in fix.edits if edit not in chosen]
        if not fix.edits or overlap(fix.edits) or any(regions.touches(edit) for edit in new):
            continue
        taken.append(number)
        for edit in new:
            regions.add(edit)
            chosen[edit] = None
    return Combined(tuple(taken), tuple(sorted(chosen, key=lambda edit: (edit.path, edit.span))))


def overlap(edits: Iterable[Edit]) -> bool:
    """Whether two edits change the same text, so that they cannot both be made. Edits that only touch can."""
    reached: dict[str, _Point] = {}
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.path, edit.span)):
        start, end = _ends(edit.span)
        if start < reached.get(edit.path, start):
            return True
        reached[edit.path] = end
    return False


def apply(contents: Mapping[str, bytes], edits: Iterable[Edit], encodings: Mapping[str, str]) -> dict[str, bytes]:
    """The content of every edited file after the edits, by path. Only the edited regions differ.

    Line ends in the edits, "\\n", become those of the line where they are made. `encodings` are those that Python reads the files
    with. Raises CannotApply for a file that is not there, an edit outside of it, and text that its encoding does not have; for a new
    one that is there.
    """
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.path, []).append(edit)
    found: dict[str, bytes] = {}
    for path in sorted(by_path):
        if any(edit.new for edit in by_path[path]):
            found[path] = _made(path, contents, by_path[path])
            continue
        if path not in contents:
            raise CannotApply(path, f"{path} is not a file of the project")
        found[path] = _edited(path, contents[path], by_path[path], encodings.get(path, "utf-8"))
    return found


def moved(edits: Iterable[Edit], path: str, row: int, column: int) -> _Point | None:
    """Where a point of a file is after the edits; None when it was inside one. Rows and columns are 1-based, as in spans."""
    rows = columns = 0  # what to add to the row; to the column, for points on the row where the last edit ended
    last_row = 0
    for edit in sorted((edit for edit in edits if edit.path == path), key=lambda edit: edit.span):
        start, end = _ends(edit.span)
        if (row, column) < start:
            break
        if (row, column) < end:
            return None
        lines = edit.content.count("\n")
        tail = len(edit.content) - (edit.content.rfind("\n") + 1)
        begin = start[1] + (columns if start[0] == last_row else 0) if not lines else 1
        columns, last_row = begin + tail - end[1], end[0]
        rows += lines - (end[0] - start[0])
    return row + rows, column + (columns if row == last_row else 0)


def came_from(edits: Iterable[Edit], path: str, row: int, column: int) -> _Point | None:
    """Where a point of an edited file was before the edits; None when it is inside of one."""
    before = after = (1, 1)  # where the text that is as it was begins
    for edit in sorted((edit for edit in edits if edit.path == path), key=lambda edit: edit.span):
        start, end = _ends(edit.span)
        begin = _along(start, before, after)
        if (row, column) < begin:
            break
        lines = edit.content.count("\n")
        after = (begin[0] + lines, len(edit.content) - edit.content.rfind("\n") + (0 if lines else begin[1] - 1))
        if (row, column) < after:
            return None
        before = end
    return _along((row, column), after, before)


def _along(point: _Point, start: _Point, to: _Point) -> _Point:
    """A point of the text that begins at `start`, in a copy of that text that begins at `to`."""
    row = point[0] - start[0] + to[0]
    return row, point[1] + (to[1] - start[1] if point[0] == start[0] else 0)


def _made(path: str, contents: Mapping[str, bytes], edits: Sequence[Edit]) -> bytes:
    if path in contents or len(edits) > 1:
        raise CannotApply(path, f"{path} is there already")
    return edits[0].content.encode("utf-8", "surrogatepass")


def _edited(path: str, data: bytes, edits: Sequence[Edit], encoding: str) -> bytes:
    mark = _MARK if data.startswith(_MARK) else b""
    codec = "utf-8" if encoding.lower() in {"utf-8", "utf-8-sig", "utf8"} else encoding
    errors = "surrogatepass" if codec == "utf-8" else "strict"
    text = data[len(mark) :].decode(codec, errors)
    if mark + text.encode(codec, errors) != data:  # some encodings have two ways to write one character
        raise CannotApply(path, f"{path} would not come back unchanged from its encoding, {encoding}")
    lines = list(_NEWLINE.finditer(text))
    starts = [0, *(found.end() for found in lines)]

    def offset(row: int, column: int) -> int:
        if row == len(starts) + 1 and column == 1:
            return len(text)
        end = lines[row - 1].start() if row <= len(lines) else len(text)
        if row > len(starts) or starts[row - 1] + column - 1 > end:
            raise CannotApply(path, f"the edit lies outside of {path}")
        return starts[row - 1] + column - 1

    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda one: one.span):
        start, end = offset(edit.span.row, edit.span.column), offset(edit.span.end_row, edit.span.end_column)
        if not done <= start <= end:
            raise CannotApply(path, f"two edits of {path} change the same text")
        parts += [text[done:start], edit.content.replace("\n", _line_end(lines, edit.span.row))]
        done = end
    parts.append(text[done:])
    try:
        return mark + "".join(parts).encode(codec, errors)
    except UnicodeEncodeError as error:
        lost = error.object[error.start : error.end]
        raise CannotApply(path, f"the encoding of {path}, {encoding}, does not have {lost!r}") from error


def _line_end(lines: Sequence[re.Match[str]], row: int) -> str:
    """How the line ends; the last one, which may not, like the one before."""
    if not lines:
        return "\n"
    return lines[min(row, len(lines)) - 1][0]


class _Regions:
    """The regions of several files that edits have taken, each list sorted and without two that touch.

    Of the new files one directory has one region: what the second of them is to be may depend on the first, as with migrations.
    """

    def __init__(self) -> None:
        self._starts: dict[str, list[_Point]] = {}
        self._ends: dict[str, list[_Point]] = {}

    def touches(self, edit: Edit) -> bool:
        """Whether an edit lies in or next to a region. Insertions at one point touch: their order would be chance."""
        start, end = _ends(edit.span)
        at = bisect_right(self._starts.get(_where(edit), []), end) - 1
        return at >= 0 and self._ends[_where(edit)][at] >= start

    def add(self, edit: Edit) -> None:
        """Takes the region of an edit, together with those that it touches: they are of the same fix."""
        start, end = _ends(edit.span)
        starts, ends = self._starts.setdefault(_where(edit), []), self._ends.setdefault(_where(edit), [])
        last = bisect_right(starts, end)
        first = last
        while first and ends[first - 1] >= start:
            first -= 1
        if first < last:
            start, end = min(start, starts[first]), max(end, ends[last - 1])
        starts[first:last] = [start]
        ends[first:last] = [end]


def _where(edit: Edit) -> str:
    return f"{edit.path.rpartition('/')[0]}/" if edit.new else edit.path


def _ends(span: Span) -> tuple[_Point, _Point]:
    return (span.row, span.column), (span.end_row, span.end_column)
