"""Source text on the page: numbered lines, coloured a little, with the region in question marked."""

from __future__ import annotations

import re

from session_lint.facts.location import Span
from session_lint.reporting.html_report.markup import Html, element, together
from session_lint.reporting.snippet import visible

_ROWS = 12  # of a region that are shown
_WIDE = 400  # columns of a line that are shown
_TOKEN = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<string>\b[rbfuRBFU]{0,2}(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'))"
    r"|(?P<keyword>\b(?:False|None|True|and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if"
    r"|import|in|is|lambda|match|nonlocal|not|or|pass|raise|return|self|try|while|with|yield)\b)"
    r"|(?P<number>\b\d[\w.]*)"
    r"|(?P<decorator>^\s*@[\w.]+)"
)


def coloured(text: str) -> Html:
    """One line of Python, or a part of one."""
    parts: list[str] = []
    done = 0
    for found in _TOKEN.finditer(text):
        parts += [text[done : found.start()], element("span", found[0], class_=f"tok-{found.lastgroup}")]
        done = found.end()
    return together([*parts, text[done:]])


def listing(source: str, span: Span, context: int) -> Html:
    """The lines around a region; nothing when it does not lie in the text."""
    lines = source.split("\n")
    if not 1 <= span.row <= len(lines):
        return Html()
    end = max(span.row, min(span.end_row, span.row + _ROWS - 1, len(lines)))
    first, last = max(1, span.row - context), min(len(lines), end + context)
    while first < span.row and not lines[first - 1].strip():
        first += 1
    while last > end and not lines[last - 1].strip():
        last -= 1
    rows = [_row(row, lines[row - 1], *_marked(row, lines[row - 1], span)) for row in range(first, last + 1)]
    return element("pre", element("code", *rows), class_="listing", tabindex="0", aria_label=f"Source, lines {first} to {last}")


def _row(row: int, line: str, start: int, end: int) -> Html:
    shown = visible(line)
    first, last = len(visible(line[:start])), len(visible(line[:end]))
    cut = shown[last : max(_WIDE, last + 40)]
    text = [coloured(shown[:first]), element("mark", coloured(shown[first:last])) if last > first else "", coloured(cut)]
    more = "…" if len(cut) < len(shown) - last else ""
    number = element("span", "", class_="no", data_n=str(row))
    return element("span", number, element("span", *text, more, "\n", class_="line"), class_="row hit" if end > start else "row")


def _marked(row: int, line: str, span: Span) -> tuple[int, int]:
    """Which part of a line the region takes; an empty one for a line outside of it. A region of no width takes a character."""
    if not span.row <= row <= span.end_row:
        return 0, 0
    start = span.column - 1 if row == span.row else len(line) - len(line.lstrip())
    end = span.end_column - 1 if row == span.end_row else len(line.rstrip())
    return start, max(end, start + 1 if span.row == span.end_row else start)
