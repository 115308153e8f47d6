"""Tables that a run can show in place of its findings: counts per rule, and calls that were not resolved."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from session_lint.facts.finding import Report
from session_lint.reporting.reporter import Style, absolute, closing, printable, shown


def statistics(report: Report, style: Style) -> str:
    """Findings per rule for people, as ruff lays them out: count, code, name; the most frequent first."""
    counts = _per_rule(report)
    width = max((len(str(count)) for _, _, count in counts), default=0)
    lines = [f"{str(count).rjust(width)}\t{style.paint(code, 'red')}\t{name}" for code, name, count in counts]
    if style.summary:
        lines.append(closing(report))
    return "".join(f"{line}\n" for line in lines)


def statistics_json(report: Report) -> str:
    """Findings per rule for programs."""
    return _json({"code": code, "name": name, "count": count} for code, name, count in _per_rule(report))


def unresolved(report: Report, style: Style) -> str:
    """The calls that were not resolved: how many for each reason, then each place under its reason."""
    calls = sorted(report.unresolved, key=lambda call: (call.place, call.reason, call.text))
    lines = [f"{report.resolved_calls} calls resolved, {report.external_calls} to code outside the project, {len(calls)} not resolved."]
    reasons = sorted(Counter(call.reason for call in calls).items(), key=lambda pair: (-pair[1], pair[0]))
    lines += [f"{count:>7}  {printable(reason)}" for reason, count in reasons]
    for reason, _ in reasons:
        lines += ["", style.paint(f"{printable(reason)}:", "bold")]
        lines += [
            f"  {printable(shown(report, call.place.path, style))}:{call.place.span.row}:{call.place.span.column}  {printable(call.text)}"
            for call in calls
            if call.reason == reason
        ]
    return "".join(f"{line}\n" for line in lines)


def unresolved_json(report: Report) -> str:
    """The calls that were not resolved, by place, for programs."""
    calls = sorted(report.unresolved, key=lambda call: (call.place, call.reason, call.text))
    return _json(
        {
            "reason": call.reason,
            "text": call.text,
            "filename": absolute(report, call.place.path),
            "location": {"row": call.place.span.row, "column": call.place.span.column},
        }
        for call in calls
    )


def _per_rule(report: Report) -> list[tuple[str, str, int]]:
    counts = Counter((finding.code, finding.name) for finding in report.findings)
    return sorted(((code, name, count) for (code, name), count in counts.items()), key=lambda row: (-row[2], row[0]))


def _json(rows: Iterable[dict[str, object]]) -> str:
    return json.dumps(list(rows), indent=2, sort_keys=True) + "\n"
