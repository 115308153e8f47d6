"""A Code Quality report of GitLab, for the widget of a merge request."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import ClassVar

from session_lint.facts.finding import Finding, Notice, Report
from session_lint.known.identity import fingerprints
from session_lint.reporting.interchange import in_order, in_repository, is_certain, statement
from session_lint.reporting.reporter import Reporter, Style, printable


class Gitlab(Reporter):
    """An array of issues. GitLab tells new from old by fingerprints, so there is no line in them, and no two are alike."""

    for_people: ClassVar[bool] = False

    def render(self, report: Report, style: Style) -> str:
        del style
        marks = fingerprints(report.findings)
        issues = [_finding(report, finding, marks[finding]) for finding in in_order(report.findings)]
        seen: Counter[str] = Counter()
        for notice in report.notices:
            seen[notice.path] += 1
            issues.append(_notice(report, notice, seen[notice.path]))
        return json.dumps(issues, indent=2, sort_keys=True) + "\n"


def _finding(report: Report, finding: Finding, mark: str) -> dict[str, object]:
    span = finding.place.span
    return {
        "check_name": finding.code,
        "description": f"{finding.name}: {statement(report, finding)}",
        "fingerprint": mark,
        "severity": "major" if is_certain(finding) else "minor",
        "location": {"path": in_repository(report, finding.place.path), "lines": {"begin": span.row, "end": span.end_row}},
    }


def _notice(report: Report, notice: Notice, number: int) -> dict[str, object]:
    """What could not be analysed is an issue too: without it the findings that are missed would show as resolved."""
    row = notice.row or 1
    path = in_repository(report, notice.path) if notice.of_file else notice.path
    return {
        "check_name": "not-analysed",
        "description": printable(f"not analysed: {notice.message}"),
        "fingerprint": hashlib.blake2b(f"{path}\0{number}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
        "severity": "critical",
        "location": {"path": path, "lines": {"begin": row, "end": row}},
    }
