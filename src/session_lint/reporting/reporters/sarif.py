"""SARIF 2.1.0, for code scanning: GitHub, Azure DevOps, editors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeAlias
from urllib.parse import quote

from session_lint.facts.finding import Edit, Finding, Fix, Notice, Related, Report, RuleInfo
from session_lint.facts.location import Place, Span
from session_lint.known.identity import fingerprints
from session_lint.reporting.interchange import Lines, in_order, in_repository, is_certain, notes, severe_first, statement
from session_lint.reporting.reporter import Reporter, Style, printable
from session_lint.version import __version__

_Object: TypeAlias = dict[str, object]
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_RESULTS = 25_000  # GitHub refuses a run with more
_STEPS = 1_000  # that GitHub shows of a path
_FULL = 1_024  # characters of a full description


class Sarif(Reporter):
    """One run. The call path of a finding is a code flow; a repair over several files is one fix with several artifact changes."""

    for_people: ClassVar[bool] = False
    shows_edits: ClassVar[bool] = True
    lists_rules: ClassVar[bool] = True

    def render(self, report: Report, style: Style) -> str:
        del style
        log: _Object = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
        return json.dumps(log, indent=2) + "\n"


def _run(report: Report) -> _Object:
    kept = in_order(severe_first(report.findings)[:_RESULTS])
    rules = list(report.rules)
    numbers = {rule.code: number for number, rule in enumerate(rules)}
    marks = fingerprints(report.findings)
    lines = Lines(report)
    notifications = [_notification(report, notice) for notice in report.notices]
    if len(kept) < len(report.findings):
        left_out = f"{len(report.findings) - len(kept)} findings are left out: code scanning takes {_RESULTS} of a run"
        notifications.append({"level": "warning", "message": {"text": left_out}})
    driver = {"name": "session-lint", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}
    run: _Object = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "session-lint/"},
        "invocations": [{"executionSuccessful": not report.notices, "toolExecutionNotifications": notifications}],
        "results": [_result(report, finding, marks[finding], numbers.get(finding.code), lines) for finding in kept],
    }
    if report.repository:
        run["originalUriBaseIds"] = {_ROOT: {"uri": _directory(report.repository)}}
    return run


def _rule(rule: RuleInfo) -> _Object:
    full = rule.summary if len(rule.summary) <= _FULL else rule.summary[: _FULL - 1] + "…"
    link = {"helpUri": rule.url} if rule.url is not None else {}
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": full},
        "fullDescription": {"text": full},
        "help": {"text": rule.explanation, "markdown": rule.explanation},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["reliability", "concurrency"], "precision": "high", "problem.severity": "error"},
        **link,
    }


def _result(report: Report, finding: Finding, mark: str, number: int | None, lines: Lines) -> _Object:
    result: _Object = {"ruleId": finding.code}
    if number is not None:
        result["ruleIndex"] = number
    location = _location(report, finding.place, lines)
    if finding.chain:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.chain[-1].function, "kind": "function"}]
    result |= {
        "level": "error" if is_certain(finding) else "warning",
        "message": {"text": _message(report, finding)},
        "locations": [location],
        "partialFingerprints": {"sessionLint/v1": mark},  # not GitHub's own key: its upload makes that, from the source
        "properties": {"confidence": finding.confidence.value},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": place_number, **_location(report, related.place, lines, related.message)}
            for place_number, related in enumerate(finding.related, start=1)
        ]
    steps = _steps(report, finding, lines)
    if steps:
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.fix is not None and finding.fix.can_be_made:
        result["fixes"] = [_fix(report, finding.fix)]
    return result


def _message(report: Report, finding: Finding) -> str:
    """The message, with a link to each related place."""
    links = ", ".join(f"[{_words(related.message)}]({number})" for number, related in enumerate(finding.related, start=1))
    text = statement(report, finding).replace("](", "] (")  # what stands in the source must not become a link
    return f"{text}. See {links}." if links else text


def _words(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


# -- the path ----------------------------------------------------------------------------------------------------------


def _steps(report: Report, finding: Finding, lines: Lines) -> list[_Object]:
    """What happened first, the calls down to the finding, and what happens after it."""
    before, after = _around(finding)
    ends = len(finding.chain) - 1
    steps = [_step(_location(report, one.place, lines, one.message), 0, essential=True) for one in before]
    steps += [
        _step(_location(report, step.place, lines, note), depth, essential=depth == ends)
        for depth, (step, note) in enumerate(zip(finding.chain, notes(finding.chain), strict=True))
    ]
    steps += [_step(_location(report, one.place, lines, one.message), ends + 1, essential=True) for one in after]
    if len(steps) > _STEPS:
        cut = len(steps) - _STEPS
        steps = steps[: _STEPS // 2] + steps[_STEPS // 2 + cut :]
    return [step | {"executionOrder": number} for number, step in enumerate(steps, start=1)]


def _around(finding: Finding) -> tuple[Sequence[Related], Sequence[Related]]:
    """The related places before the path and after it, without those that are on it. A rule names first what happened first.

    A finding that is shown at another step of its path has its real place, the end of the path, before all of them.
    """
    if not finding.chain:
        return (), ()
    end = finding.chain[-1].place
    moved = finding.place != end and finding.related[:1] != () and finding.related[0].place == end
    related = finding.related[1:] if moved else finding.related
    on_path = {step.place for step in finding.chain}
    return [one for one in related[:1] if one.place not in on_path], [one for one in related[1:] if one.place not in on_path]


def _step(location: _Object, depth: int, *, essential: bool) -> _Object:
    return {"location": location, "nestingLevel": depth, "importance": "essential" if essential else "important"}


# -- places and edits --------------------------------------------------------------------------------------------------


def _location(report: Report, place: Place, lines: Lines, message: str = "") -> _Object:
    physical = {"artifactLocation": _artifact(report, place.path), "region": _region(lines.first_line(place.path, place.span))}
    return {"physicalLocation": physical} | ({"message": {"text": printable(message)}} if message else {})


def _artifact(report: Report, path: str) -> _Object:
    base = {"uriBaseId": _ROOT} if report.repository else {}
    return {"uri": quote(in_repository(report, path), errors="surrogatepass"), **base}


def _directory(path: str) -> str:
    text = path.replace("\\", "/").strip("/")
    return f"file:///{quote(text, safe='/:', errors='surrogatepass')}{'/' if text else ''}"


def _region(span: Span) -> _Object:
    return {"startLine": span.row, "startColumn": span.column, "endLine": span.end_row, "endColumn": span.end_column}


def _fix(report: Report, fix: Fix) -> _Object:
    by_file: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_file.setdefault(edit.path, []).append(edit)
    return {
        "description": {"text": printable(fix.message)},
        "artifactChanges": [
            {"artifactLocation": _artifact(report, path), "replacements": _replacements(edits)} for path, edits in sorted(by_file.items())
        ],
        "properties": {"applicability": fix.applicability.value},
    }


def _replacements(edits: Iterable[Edit]) -> list[_Object]:
    ordered = sorted(edits, key=lambda edit: edit.span)
    return [{"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.content}} for edit in ordered]


def _notification(report: Report, notice: Notice) -> _Object:
    place: _Object = {"artifactLocation": _artifact(report, notice.path)}
    if notice.row:
        place["region"] = {"startLine": notice.row}
    text = printable(notice.message if notice.of_file else f"{notice.path}: {notice.message}")
    return {"level": "error", "message": {"text": text}} | ({"locations": [{"physicalLocation": place}]} if notice.of_file else {})
