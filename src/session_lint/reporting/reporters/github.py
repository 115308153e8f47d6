"""Annotations of GitHub Actions: workflow commands on standard output, and a table for the summary of the job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from session_lint.facts.finding import Finding, Notice, Report
from session_lint.reporting.interchange import Lines, details, in_repository, is_certain, severe_first, statement
from session_lint.reporting.reporter import Reporter, Style, closing, printable

_PER_STEP = 10  # annotations of one kind that GitHub keeps of a step; the rest it drops without a word
_ROWS = 500  # of the table: a summary may have 1 MiB
_LONGEST = 400  # characters of a message in the table


class Github(Reporter):
    """`::error file=…::message`, the most severe first; what is over GitHub's limit as plain lines of the log."""

    for_people: ClassVar[bool] = True  # who reads a listing in the log of a job
    appends_to: ClassVar[str] = "GITHUB_STEP_SUMMARY"

    def render(self, report: Report, style: Style) -> str:
        del style
        errors: list[str] = []
        warnings: list[str] = []
        rest: list[str] = []
        lines = Lines(report)
        for finding in severe_first(report.findings):
            kind = errors if is_certain(finding) else warnings
            if len(kind) < _PER_STEP:
                kind.append(_annotation(report, finding, lines))
            else:
                rest.append(_plain(report, finding))
        notices = [_notice(report, notice) for notice in report.notices]
        room = _PER_STEP - len(errors)
        out = [*errors, *notices[:room], *warnings]
        if len(notices) > room:
            rest += [f"{_place(report, notice)}: {_said(notice)}" for notice in report.notices[room:]]
        return "".join(f"{line}\n" for line in [*out, *_not_annotated(rest)])

    def appendix(self, report: Report) -> str:
        rows = [
            (
                f"{finding.code} {finding.name}",
                f"{in_repository(report, finding.place.path)}:{finding.place.span.row}",
                statement(report, finding),
            )
            for finding in severe_first(report.findings)
        ]
        rows += [("not analysed", _place(report, notice), _said(notice)) for notice in report.notices]
        parts = [f"### session-lint\n\n{closing(report)}\n"]
        if rows:
            parts.append("\n| rule | place | what |\n| --- | --- | --- |\n" + "".join(map(_row, rows[:_ROWS])))
        if len(rows) > _ROWS:
            parts.append(f"\n{len(rows) - _ROWS} more are in the log of the step.\n")
        return "".join([*parts, "\n"])


def _annotation(report: Report, finding: Finding, lines: Lines) -> str:
    span = lines.first_line(finding.place.path, finding.place.span)
    place = {
        "file": in_repository(report, finding.place.path),
        "line": span.row,
        "col": span.column,
        "endLine": span.end_row,
        "endColumn": span.end_column,
    }
    message = [f"{finding.code} [{finding.name}] {statement(report, finding)}", *details(report, finding)]
    return _command("error" if is_certain(finding) else "warning", f"session-lint ({finding.code})", place, "\n".join(message))


def _notice(report: Report, notice: Notice) -> str:
    place: dict[str, object] = {}
    if notice.of_file:
        place = {"file": in_repository(report, notice.path)} | ({"line": notice.row} if notice.row else {})
    return _command("error", "session-lint", place, _said(notice) if notice.of_file else f"{notice.path}: {_said(notice)}")


def _not_annotated(rest: list[str]) -> list[str]:
    if not rest:
        return []
    count = f"{len(rest)} more"
    about = (
        f"{count}: GitHub shows {_PER_STEP} errors and {_PER_STEP} warnings of a step. All are in the log and in the summary of the job."
    )
    return [f"::group::{count}", *rest, "::endgroup::", _command("notice", "session-lint", {}, about)]


def _plain(report: Report, finding: Finding) -> str:
    span = finding.place.span
    path = printable(in_repository(report, finding.place.path))
    return f"{path}:{span.row}:{span.column}: {finding.code} [{finding.name}] {statement(report, finding)}"


def _place(report: Report, notice: Notice) -> str:
    path = in_repository(report, notice.path) if notice.of_file else notice.path
    return printable(f"{path}:{notice.row}" if notice.row else path)


def _said(notice: Notice) -> str:
    return printable(notice.message)


def _command(kind: str, title: str, place: dict[str, object], message: str) -> str:
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in {"title": title, **place}.items())
    return f"::{kind} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |\n"


def _cell(text: str) -> str:
    """On one line, with nothing that ends the cell or begins a tag."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return printable(short).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
