"""Reviewdog's diagnostic format, for comments in a review."""

from __future__ import annotations

import json
from typing import ClassVar

from session_lint.facts.finding import Edit, Finding, Report
from session_lint.facts.location import Place, Span
from session_lint.reporting.interchange import Lines, in_order, in_repository, is_certain, notes, statement
from session_lint.reporting.reporter import Reporter, Style, printable

_NAME = "session-lint"


class Rdjson(Reporter):
    """One object with `diagnostics`. Columns are 1-based and count UTF-8 bytes, the end of a range is exclusive."""

    for_people: ClassVar[bool] = False
    shows_edits: ClassVar[bool] = True
    lists_rules: ClassVar[bool] = True

    def render(self, report: Report, style: Style) -> str:
        del style
        lines = Lines(report)
        urls = {rule.code: rule.url for rule in report.rules}
        found = [_finding(report, finding, lines, urls.get(finding.code)) for finding in in_order(report.findings)]
        found += [
            {
                "message": printable(f"not analysed: {notice.message}"),
                "location": {
                    "path": in_repository(report, notice.path) if notice.of_file else notice.path,
                    "range": {"start": {"line": notice.row or 1}},
                },
                "severity": "ERROR",
                "code": {"value": "not-analysed"},
            }
            for notice in report.notices
        ]
        return json.dumps({"source": {"name": _NAME}, "severity": "ERROR", "diagnostics": found}, indent=2, sort_keys=True) + "\n"


def _finding(report: Report, finding: Finding, lines: Lines, url: str | None) -> dict[str, object]:
    related = [(one.place, one.message) for one in finding.related]
    related += [(step.place, note) for step, note in zip(finding.chain, notes(finding.chain), strict=True) if step.place != finding.place]
    suggestion = _suggestion(finding, lines)
    return {
        "message": f"{finding.name}: {statement(report, finding)}",
        "location": _location(report, finding.place, lines),
        "severity": "ERROR" if is_certain(finding) else "WARNING",
        "code": {"value": finding.code} | ({"url": url} if url is not None else {}),
        "related_locations": [{"message": printable(text), "location": _location(report, place, lines)} for place, text in related],
        "suggestions": [suggestion] if suggestion is not None else [],
    }


def _location(report: Report, place: Place, lines: Lines) -> dict[str, object]:
    return {"path": in_repository(report, place.path), "range": _range(place.path, place.span, lines)}


def _range(path: str, span: Span, lines: Lines) -> dict[str, object]:
    return {
        "start": {"line": span.row, "column": lines.byte_column(path, span.row, span.column)},
        "end": {"line": span.end_row, "column": lines.byte_column(path, span.end_row, span.end_column)},
    }


def _suggestion(finding: Finding, lines: Lines) -> dict[str, object] | None:
    """The repair as one piece. None when it is for reading only or takes several files: a suggestion has no path, half of it is wrong."""
    path, fix = finding.place.path, finding.fix
    if fix is None or not fix.can_be_made or {edit.path for edit in fix.edits} != {path} or not lines.lines(path):
        return None
    edits = sorted(fix.edits, key=lambda edit: edit.span)
    whole = Span(edits[0].span.row, edits[0].span.column, edits[-1].span.end_row, edits[-1].span.end_column)
    return {"range": _range(path, whole, lines), "text": _merged(edits, lines.lines(path))}


def _merged(edits: list[Edit], lines: list[str]) -> str:
    """What stands from the first edit to the last once all are made."""
    parts = [edits[0].content]
    row, column = edits[0].span.end_row, edits[0].span.end_column
    for edit in edits[1:]:
        parts += [_between(lines, row, column, edit.span), edit.content]
        row, column = edit.span.end_row, edit.span.end_column
    return "".join(parts)


def _between(lines: list[str], row: int, column: int, until: Span) -> str:
    if row == until.row:
        return lines[row - 1][column - 1 : until.column - 1]
    return "\n".join([lines[row - 1][column - 1 :], *lines[row : until.row - 1], lines[until.row - 1][: until.column - 1]])
