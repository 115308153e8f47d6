"""What the formats for other tools share: paths in the repository, how severe a finding is, columns in other units."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import pairwise

from session_lint.facts.finding import ChainStep, Confidence, Finding, Report
from session_lint.facts.location import Span
from session_lint.known.identity import local_name
from session_lint.reporting.reporter import outlook, printable


def in_repository(report: Report, path: str) -> str:
    """A path of the report relative to the root of the repository, with forward slashes; as it is when the project is in memory."""
    inside = report.root.removeprefix(report.repository).strip(os.sep).replace(os.sep, "/")
    return f"{inside}/{path}" if inside else path


def statement(report: Report, finding: Finding) -> str:
    """The message on one line; after `fix`, also why the finding is still there."""
    label, text = outlook(report, finding)
    return printable(finding.message) + (f" ({label}: {text})" if report.repaired is not None and label else "")


def is_certain(finding: Finding) -> bool:
    """Whether it is an error to other tools; a warning otherwise."""
    return finding.confidence is Confidence.CERTAIN


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By place."""
    return sorted(findings, key=lambda finding: finding.sort_key)


def severe_first(findings: Iterable[Finding]) -> list[Finding]:
    """The certain ones, then the likely ones, each by place: the order in which a limit should cut."""
    return sorted(findings, key=lambda finding: (not is_certain(finding), finding.sort_key))


def notes(chain: Sequence[ChainStep]) -> list[str]:
    """What happens at each step: the rule's own words, or the call that leads to the next one."""
    found = [step.note or f"{local_name(step)} calls {local_name(following)}" for step, following in pairwise(chain)]
    return [*found, chain[-1].note or f"here, in {local_name(chain[-1])}"] if chain else []


def details(report: Report, finding: Finding) -> tuple[str, ...]:
    """The related places and the call path, `file:row: what` a line."""
    lines = [(one.place, one.message) for one in finding.related]
    if len(finding.chain) > 1:
        lines += [(step.place, note) for step, note in zip(finding.chain, notes(finding.chain), strict=True)]
    return tuple(printable(f"{in_repository(report, place.path)}:{place.span.row}: {text}") for place, text in lines)


class Lines:
    """The lines of the report's sources, as Python counts them: only a line end makes one, no form feed does."""

    def __init__(self, report: Report) -> None:
        self._sources = dict(report.sources)
        self._lines: dict[str, list[str]] = {}

    def line(self, path: str, row: int) -> str:
        """The line without its end; "" when it is not known."""
        lines = self.lines(path)
        return lines[row - 1] if 1 <= row <= len(lines) else ""

    def lines(self, path: str) -> list[str]:
        """All lines of a file; none when the report does not have its text."""
        if path not in self._lines:
            text = self._sources.get(path)
            self._lines[path] = [] if text is None else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[path]

    def first_line(self, path: str, span: Span) -> Span:
        """The part of the region that is on its first line. Some tools show a region only when every line of it has changed."""
        if span.row == span.end_row:
            return span
        end = max(len(self.line(path, span.row).rstrip()) + 1, span.column + 1)
        return Span(span.row, span.column, span.row, end)

    def byte_column(self, path: str, row: int, column: int) -> int:
        """A 1-based column in code points as a 1-based column in UTF-8 bytes."""
        before = self.line(path, row)[: column - 1]
        return column + len(before.encode("utf-8", "surrogatepass")) - len(before)
