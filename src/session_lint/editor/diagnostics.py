"""Findings as diagnostics: the call chain as related information, the rule's page as the description of the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lsprotocol import types

from session_lint.editor.positions import Texts
from session_lint.facts.finding import Confidence, Finding, Notice, Report
from session_lint.facts.location import Place
from session_lint.reporting.interchange import notes

SOURCE = "session-lint"
_SEVERITY = {Confidence.CERTAIN: types.DiagnosticSeverity.Error, Confidence.LIKELY: types.DiagnosticSeverity.Warning}


def uri(root: Path, path: str) -> str:
    """The URI of a file of a project."""
    return (root / path).as_uri()


def of_report(report: Report, root: Path, texts: Texts, pages: Mapping[str, str]) -> dict[str, list[types.Diagnostic]]:
    """The diagnostics of a report, by URI. `root` is the project's as the editor names it; `pages` are the URIs of the pages of the rules,
    by code."""
    found: dict[str, list[types.Diagnostic]] = {}
    for finding in report.findings:
        found.setdefault(uri(root, finding.place.path), []).append(_of_finding(root, finding, texts, pages))
    for notice in report.notices:
        if notice.of_file:
            found.setdefault(uri(root, notice.path), []).append(_of_notice(notice, texts))
    return found


def of_settings(message: str) -> types.Diagnostic:
    """What is wrong with the settings, at the head of their file."""
    return types.Diagnostic(Texts.line(1), message, types.DiagnosticSeverity.Error, source=SOURCE)


def _of_finding(root: Path, finding: Finding, texts: Texts, pages: Mapping[str, str]) -> types.Diagnostic:
    page = pages.get(finding.code)
    return types.Diagnostic(
        range=texts.range(finding.place.path, finding.place.span),
        message=finding.message,
        severity=_SEVERITY[finding.confidence],
        code=finding.code,
        code_description=types.CodeDescription(page) if page else None,
        source=SOURCE,
        related_information=[
            types.DiagnosticRelatedInformation(types.Location(uri(root, place.path), texts.range(place.path, place.span)), message)
            for message, place in _related(finding)
        ],
        data={"name": finding.name, "confidence": finding.confidence.value},
    )


def _related(finding: Finding) -> Iterator[tuple[str, Place]]:
    """The other places of a finding, then the call path from the function where both halves meet."""
    yield from ((one.message, one.place) for one in finding.related)
    if len(finding.chain) > 1:
        yield from ((note, step.place) for step, note in zip(finding.chain, notes(finding.chain), strict=True))


def _of_notice(notice: Notice, texts: Texts) -> types.Diagnostic:
    return types.Diagnostic(texts.line(max(notice.row, 1)), notice.message, types.DiagnosticSeverity.Error, source=SOURCE)
