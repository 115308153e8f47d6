"""The findings for programs: an array of objects with ruff's field names, and the path that proves each."""

from __future__ import annotations

import json

from session_lint.facts.finding import ChainStep, Edit, Finding, Fix, Related, Report
from session_lint.facts.location import Place, Span
from session_lint.reporting.reporter import Reporter, Style, absolute

_Point = dict[str, int]


class Json(Reporter):
    """DESIGN section 7: rows and columns are 1-based, columns count code points, file names are in full."""

    for_people = False
    shows_edits = True

    def render(self, report: Report, style: Style) -> str:
        del style  # a program reads it: no colours, no relative names
        left = [(finding, False) for finding in report.findings]
        every = sorted([*left, *((finding, True) for finding in report.repaired or ())], key=lambda one: one[0].sort_key)
        records = [_finding(report, finding) | ({} if report.repaired is None else {"repaired": done}) for finding, done in every]
        return json.dumps(records, indent=2, sort_keys=True) + "\n"


def _finding(report: Report, finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "filename": absolute(report, finding.place.path),
        "location": _start(finding.place.span),
        "end_location": _end(finding.place.span),
        "url": None,
        "noqa_row": finding.place.span.row,
        "fix": _fix(report, finding.fix) if finding.fix is not None else None,
        "confidence": finding.confidence.value,
        "related": [_related(report, related) for related in finding.related],
        "chain": [_step(report, step) for step in finding.chain],
    }


def _fix(report: Report, fix: Fix) -> dict[str, object]:
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [_edit(report, edit) for edit in fix.edits],
    }


def _edit(report: Report, edit: Edit) -> dict[str, object]:
    return {
        "filename": absolute(report, edit.path),
        "content": edit.content,
        "location": _start(edit.span),
        "end_location": _end(edit.span),
    } | ({"new": True} if edit.new else {})


def _related(report: Report, related: Related) -> dict[str, object]:
    return {"message": related.message, **_at(report, related.place)}


def _step(report: Report, step: ChainStep) -> dict[str, object]:
    return {"function": step.function, **_at(report, step.place)}


def _at(report: Report, place: Place) -> dict[str, object]:
    return {"filename": absolute(report, place.path), "location": _start(place.span)}


def _start(span: Span) -> _Point:
    return {"row": span.row, "column": span.column}


def _end(span: Span) -> _Point:
    return {"row": span.end_row, "column": span.end_column}
