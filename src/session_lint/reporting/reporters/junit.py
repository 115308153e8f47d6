"""JUnit XML, which every CI server can show as test results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar
from xml.sax.saxutils import escape, quoteattr

from session_lint.facts.finding import Finding, Notice, Report
from session_lint.reporting.interchange import details, in_order, in_repository, is_certain, statement
from session_lint.reporting.reporter import Reporter, Style, printable

_PACKAGE = "org.session_lint"


@dataclass(frozen=True, slots=True)
class _Case:
    """One test that did not pass: a finding `failure`, or an `error` where the analysis could not be made."""

    path: str
    row: int
    column: int
    name: str
    outcome: str
    kind: str
    message: str
    details: tuple[str, ...] = ()


class Junit(Reporter):
    """A test suite a file, a failed test a finding; one passed test when there is nothing to tell."""

    for_people: ClassVar[bool] = False

    def render(self, report: Report, style: Style) -> str:
        del style
        cases = [_finding(report, finding) for finding in in_order(report.findings)]
        cases += [_notice(report, notice) for notice in report.notices]
        cases.sort(key=lambda case: case.path)
        suites = [_suite(path, list(group)) for path, group in groupby(cases, key=lambda case: case.path)]
        body = "".join(suites) if suites else _passed()
        counts = _counts(cases, max(1, len(cases)))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="session-lint" {counts}>\n{body}</testsuites>\n'


def _finding(report: Report, finding: Finding) -> _Case:
    span = finding.place.span
    return _Case(
        path=in_repository(report, finding.place.path),
        row=span.row,
        column=span.column,
        name=f"{_PACKAGE}.{finding.code}",
        outcome="failure",
        kind="error" if is_certain(finding) else "warning",
        message=f"{finding.name}: {statement(report, finding)}",
        details=details(report, finding),
    )


def _notice(report: Report, notice: Notice) -> _Case:
    path = in_repository(report, notice.path) if notice.of_file else notice.path
    return _Case(path, notice.row or 1, 1, f"{_PACKAGE}.not-analysed", "error", "error", printable(notice.message))


def _suite(path: str, cases: list[_Case]) -> str:
    seen: Counter[str] = Counter()
    parts = [f"  <testsuite name={_quoted(path)} package={_quoted(_PACKAGE)} {_counts(cases, len(cases))}>\n"]
    for case in cases:
        seen[case.name] += 1
        parts.append(_case(case, seen[case.name]))
    return "".join([*parts, "  </testsuite>\n"])


def _case(case: _Case, number: int) -> str:
    """`number` is 1 for the first test of its name in the file: servers take two of one name for one."""
    name = case.name if number == 1 else f"{case.name} ({number})"
    path = _quoted(case.path)
    text = "\n".join([f"{printable(case.path)}:{case.row}:{case.column}: {case.message}", *case.details])
    return (
        f"    <testcase name={_quoted(name)} classname={_quoted(case.path.removesuffix('.py'))} "
        f'file={path} line="{case.row}" column="{case.column}">\n'
        f"      <{case.outcome} type={_quoted(case.kind)} message={_quoted(case.message)}>{escape(text)}</{case.outcome}>\n"
        "    </testcase>\n"
    )


def _passed() -> str:
    """Servers take a report without a test for a run that went wrong."""
    return (
        f'  <testsuite name="session-lint" package="{_PACKAGE}" tests="1" failures="0" errors="0">\n'
        f'    <testcase name="{_PACKAGE}" classname="session-lint"/>\n  </testsuite>\n'
    )


def _counts(cases: Sequence[_Case], tests: int) -> str:
    outcomes = Counter(case.outcome for case in cases)
    return f'tests="{tests}" failures="{outcomes["failure"]}" errors="{outcomes["error"]}"'


def _quoted(text: str) -> str:
    """An attribute's value; XML has no way to write control characters."""
    return quoteattr(printable(text))
