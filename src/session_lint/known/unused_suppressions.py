"""Suppressions that suppress nothing, as findings with the edit that takes them out. ADR 0008 says why this is no rule."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session_lint.facts.finding import Applicability, ChainStep, Confidence, Edit, Finding, Fix
from session_lint.facts.location import Place, Span
from session_lint.known.suppressions import IGNORE, NOQA, UNUSED, comment_texts, ignored_rows, logical_rows

CODE, NAME = UNUSED, "unused-suppression"
_OWN = re.compile(r"ONE\d+$")
_WORD = re.compile(r"[^,\s]+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class _Comment:
    """One suppression: `start` to `end` in its line are all of it with its reason, `words` the span of what it names, `rows` those it
    covers."""

    row: int
    line: str
    start: int
    end: int
    words: tuple[int, int]
    rows: tuple[int, int]
    noqa: bool

    @property
    def named(self) -> list[str]:
        """The codes and names."""
        return _WORD.findall(self.line[slice(*self.words)])


def unused(path: str, module: str, text: str, findings: Sequence[Finding], rules: Sequence[tuple[str, str]]) -> list[Finding]:
    """The suppressions of this tool's rules in a file that suppress none of the `findings`, all that there are in the file.

    A `noqa` without codes and codes of other tools are left alone. `rules` are the (code, name) pairs there are.
    """
    found = []
    for comment in _comments(text):
        idle = [word for word in comment.named if _judged(comment, word) and not any(_covers(comment, word, one) for one in findings)]
        if idle:
            found.append(_finding(path, module, comment, idle, rules))
    return found


def _judged(comment: _Comment, word: str) -> bool:
    return (not comment.noqa or _OWN.match(word) is not None) and word not in (CODE, NAME)


def _covers(comment: _Comment, word: str, finding: Finding) -> bool:
    within = comment.rows[0] <= finding.place.span.row <= comment.rows[1]
    return within and (finding.code.startswith(word) or (not comment.noqa and finding.name == word))


def _comments(text: str) -> Iterator[_Comment]:
    lines = _LINES.findall(text.removeprefix("\ufeff"))
    spans = logical_rows(lines)
    for row, (column, comment) in comment_texts(lines).items():
        line = lines[row - 1].rstrip("\n")
        for pattern, group, noqa in ((NOQA, "codes", True), (IGNORE, "rules", False)):
            match = pattern.search(comment)
            if match is None or not match[group] or (noqa and not _first(lines, spans.get(row, (row, row)), row, column + match.start())):
                continue
            following = comment.find("#", match.end())
            end = len(line) if following < 0 else column + following
            words = (column + match.start(group), column + match.start(group) + len(match[group].rstrip(", \t")))
            rows = spans.get(row, (row, row)) if noqa else ignored_rows(lines, row, spans)
            yield _Comment(row, line, column + match.start(), end, words, rows, noqa)


def _first(lines: Sequence[str], span: tuple[int, int], row: int, column: int) -> bool:
    """Whether a `noqa` is the one that is read: of those that stand on one line, the first."""
    read = NOQA.search("".join(lines[span[0] - 1 : span[1]]))
    return read is not None and read.start() == sum(map(len, lines[span[0] - 1 : row - 1])) + column


def _finding(path: str, module: str, comment: _Comment, idle: list[str], rules: Sequence[tuple[str, str]]) -> Finding:
    place = Place(path, Span(comment.row, comment.start + 1, comment.row, max(comment.end, comment.start + 1) + 1))
    message = "; ".join(_said(word, rules) for word in idle)
    fix = Fix(Applicability.SAFE, "Take it out of the comment", (_edit(path, comment, idle),))
    return Finding(CODE, NAME, message, place, Confidence.CERTAIN, chain=(ChainStep(module, place),), fix=fix)


def _said(word: str, rules: Sequence[tuple[str, str]]) -> str:
    if any(code.startswith(word) or name == word for code, name in rules):
        return f"`{word}` suppresses nothing here"
    near = difflib.get_close_matches(word, [name for pair in rules for name in pair], n=1, cutoff=0.5)
    return f"`{word}` is no rule{f'; did you mean `{near[0]}`?' if near else ''}"


def _edit(path: str, comment: _Comment, idle: list[str]) -> Edit:
    """Takes out the idle words; of a comment that names no others, all."""
    kept = [word for word in comment.named if word not in idle]
    if kept:
        return _replace(path, comment.row, *comment.words, ", ".join(kept))
    before, after = comment.line[: comment.start], comment.line[comment.end :]
    if before.strip() and not after:
        return _replace(path, comment.row, len(before.rstrip()), comment.end, "")
    if before.strip() or after:
        return _replace(path, comment.row, comment.start, comment.end, "")
    return Edit(path, "", Span(comment.row, 1, comment.row + 1, 1))  # a line of its own


def _replace(path: str, row: int, start: int, end: int, content: str) -> Edit:
    return Edit(path, content, Span(row, start + 1, row, end + 1))
