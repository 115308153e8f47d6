"""Calls as they are written, on one line, for messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from session_lint.facts.location import Span

LIMIT = 90  # characters; of a longer call the last arguments are left out
_OPEN, _CLOSE = "([{", ")]}"
_COMMENT = re.compile(r"(?:^|  )\s*#[^\"']*$")
_NEWLINE = re.compile(r"\r\n?|\n")


def lines_of(text: str) -> list[str]:
    """The lines of a file, as positions count them."""
    return _NEWLINE.split(text)


def written(lines: Sequence[str], span: Span) -> str:
    """The call at a place, shortened."""
    if span.row == span.end_row:
        return shortened(lines[span.row - 1][span.column - 1 : span.end_column - 1])
    first, *between, last = lines[span.row - 1 : span.end_row]
    parts = [_COMMENT.sub("", line).strip() for line in (first[span.column - 1 :], *between)]
    text = " ".join(" ".join([*parts, last[: span.end_column - 1].strip()]).split())
    return shortened(re.sub(r"(?<=[(\[{]) | (?=[)\]}.])|,(?= ?\))", "", text))


def shortened(call: str, limit: int = LIMIT) -> str:
    """A call of at most so many characters: whole arguments, and "…" for those that are left out."""
    if len(call) <= limit:
        return call
    cuts = _cuts(call)
    if not call.endswith(")") or not cuts:
        return call[: limit - 1] + "…"
    start, *commas = cuts
    if start > limit - 3:  # a chain of calls: how it begins, and its last name
        name = call[:start].rpartition(".")[2]
        return f"{call[: limit // 2].rpartition('.')[0] or call[: limit // 2]}….{name}(…)"
    fitting = [at for at in commas if at + 4 <= limit]
    return f"{call[: fitting[-1]]}, …)" if fitting else f"{call[: start + 1]}…)"


def _cuts(call: str) -> list[int]:
    """Where the arguments of the last call begin, and each comma between them."""
    quote, found = "", list[int]()
    opened: list[list[int]] = []  # of each bracket that is open: where, and its commas
    for at, sign in enumerate(call):
        if quote:
            quote = "" if sign == quote and call[at - 1] != "\\" else quote
        elif sign in "\"'":
            quote = sign
        elif sign in _OPEN:
            opened.append([at])
        elif sign in _CLOSE and opened:
            found = opened.pop()
        elif sign == "," and opened:
            opened[-1].append(at)
    return found
