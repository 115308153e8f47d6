"""A region of source text as a person reads it: numbered lines, some context, and carets under the region."""

from __future__ import annotations

import unicodedata

from session_lint.facts.location import Span
from session_lint.reporting.reporter import Style

_TAB = 4
_CONTEXT = 2


def snippet(source: str, span: Span, style: Style) -> list[str]:
    """The lines to print, without the place; none when the span is not in the text.

    A region of several lines is marked on its first. Lines are the physical lines of Python, so a form feed ends none.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not 1 <= span.row <= len(lines):
        return []
    first, last = max(1, span.row - _CONTEXT), min(len(lines), span.row + _CONTEXT)
    while first < span.row and not lines[first - 1].strip():
        first += 1
    while last > span.row and not lines[last - 1].strip():
        last -= 1
    gutter = len(str(last))
    bar = style.paint("|", "blue")
    out = [f"{' ' * gutter} {bar}"]
    for row in range(first, last + 1):
        text = _cut(visible(lines[row - 1]), style.width - gutter - 3)
        out.append(f"{style.paint(str(row).rjust(gutter), 'blue')} {bar} {text}".rstrip())
        if row == span.row:
            out.append(f"{' ' * gutter} {bar} {_carets(lines[row - 1], span, style)}")
    out.append(f"{' ' * gutter} {bar}")
    return out


def gutter_of(source: str, span: Span) -> int:
    """How many columns the line numbers of `snippet` take."""
    return len(str(min(source.count("\n") + 1, span.row + _CONTEXT)))


def columns(text: str) -> int:
    """How many terminal columns the text takes: wide characters two, combining ones none."""
    return sum(_columns(character) for character in text)


def _carets(line: str, span: Span, style: Style) -> str:
    start = span.column - 1
    end = span.end_column - 1 if span.end_row == span.row else len(line.rstrip())
    indent = columns(visible(line[:start]))
    return " " * indent + style.paint("^" * max(1, columns(visible(line[: max(start, end)])) - indent), "red")


def visible(line: str) -> str:
    """The line with tabs as spaces and with nothing a terminal would obey."""
    out: list[str] = []
    column = 0
    for character in line:
        if character == "\t":
            text = " " * (_TAB - column % _TAB)
        elif character.isprintable() or unicodedata.combining(character):
            text = character
        else:
            text = "\ufffd"
        out.append(text)
        column += columns(text)
    return "".join(out)


def _cut(text: str, width: int) -> str:
    """The text, shortened to `width` columns when it is longer; a width under 20 is no limit."""
    if width < 20 or columns(text) <= width:
        return text
    out, column = "", 1
    for character in text:
        column += _columns(character)
        if column > width:
            break
        out += character
    return out + "…"


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
