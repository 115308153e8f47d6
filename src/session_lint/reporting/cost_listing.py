"""How `session-lint cost` prints what it found: for people with or without the paths, and for programs."""

from __future__ import annotations

import json
import os.path

from session_lint.analysis.entry_points import SCRIPT, UNCALLED
from session_lint.facts.cost import CostReport, EntryCost, Lookup, RecordCost
from session_lint.facts.finding import Report
from session_lint.facts.location import Place
from session_lint.reporting.reporter import Style, absolute, placed, printable

_UNNAMED = {UNCALLED, SCRIPT}


def full(report: CostReport, style: Style, limit: int | None) -> str:
    """Each entry point with the worst path of each record that it obtains."""
    lines: list[str] = []
    for entry in report.entries:
        lines.append(_headline(report, entry, style, limit))
        for record in entry.records:
            lines += _record(report, record, style)
        lines.append("")
    return _text([*lines, closing(report, limit)] if style.summary else lines[:-1])


def concise(report: CostReport, style: Style, limit: int | None) -> str:
    """Each entry point in one line."""
    lines = [_headline(report, entry, style, limit) for entry in report.entries]
    return _text([*lines, closing(report, limit)] if style.summary else lines)


def as_json(report: CostReport, _style: Style, limit: int | None) -> str:
    """Each entry point for programs."""
    exceeding = set(report.exceeding(limit))
    rows = [
        {
            "function": entry.function,
            "kind": entry.kind,
            "label": entry.label,
            **_location(report, entry.place),
            "lookups": entry.lookups,
            "total": entry.total,
            "exceeds": entry in exceeding,
            "records": [
                {"record": record.record, "lookups": record.count, "path": [_lookup(report, lookup) for lookup in record.lookups]}
                for record in entry.records
            ],
        }
        for entry in report.entries
    ]
    return json.dumps(rows, indent=2, sort_keys=True) + "\n"


def closing(report: CostReport, limit: int | None) -> str:
    """The last line for people."""
    if not report.entries:
        return "No entry point leads to a getter."
    count = len(report.entries)
    who = f"{count} entry points obtain" if count > 1 else "1 entry point obtains"
    others = f"; {report.without} more obtain none" if report.without else ""
    text = f"{who} records, up to {_times(report.entries[0].lookups)} of one kind on one path{others}."
    over = len(report.exceeding(limit))
    if limit is None:
        return text
    return f"{text} {over or 'None'} of them {'exceed' if over > 1 else 'exceeds'} the maximum of {limit}."


def _headline(report: CostReport, entry: EntryCost, style: Style, limit: int | None) -> str:
    too_many = limit is not None and entry.lookups > limit
    looped = " ×n" if any(lookup.repeated for record in entry.records for lookup in record.lookups) else ""
    count = style.paint(f"{_times(entry.lookups)}{looped}", "red" if too_many else "bold")
    over = f" (maximum {limit})" if too_many else ""
    name = "" if entry.kind in _UNNAMED else f"{printable(entry.label)}  "
    what = ", ".join(f"{printable(_short(record.record))} {record.count}" for record in entry.records)
    where = style.paint(_place(report, entry.place, style), "cyan")
    return f"{where}: {count}{over}  {entry.kind}  {name}{printable(entry.function)}  ({what})"


def _record(report: CostReport, record: RecordCost, style: Style) -> list[str]:
    lines = [f"  {printable(record.record)}: {_times(record.count)}"]
    before: tuple[object, ...] = ()
    for lookup in record.lookups:
        last = len(lookup.steps) - 1
        for depth, step in enumerate(lookup.steps):
            if lookup.steps[: depth + 1] == before[: depth + 1] and depth < last:
                continue
            name = step.function.rpartition(".")[2]
            turns = " ×n" if step.repeated else ""
            mark = style.paint("→ ", "yellow") if depth == last else ""
            where = _place(report, step.place, style)
            lines.append(f"  {'  ' * (depth + 1)}{mark}{where}  {printable(name)}: {printable(step.text)}{style.paint(turns, 'yellow')}")
        before = lookup.steps
    if record.count > len(record.lookups):
        lines.append(f"    … and {record.count - len(record.lookups)} more")
    return lines


def _times(count: int) -> str:
    return f"{count} lookup{'s' if count != 1 else ''}"


def _short(record: str) -> str:
    return record.rpartition(".")[2] if record.replace(".", "").replace("_", "").removesuffix("()").isalnum() else record


def _place(report: CostReport, place: Place, style: Style) -> str:
    return placed(_framed(report), place, style)


def _framed(report: CostReport) -> Report:
    return Report((), report.notices, root=report.root)


def _location(report: CostReport, place: Place) -> dict[str, object]:
    span = place.span
    return {
        "filename": os.path.normpath(absolute(_framed(report), place.path)),
        "location": {"row": span.row, "column": span.column},
    }


def _lookup(report: CostReport, lookup: Lookup) -> dict[str, object]:
    chain = [
        {"function": step.function, "text": step.text, "repeated": step.repeated, **_location(report, step.place)} for step in lookup.steps
    ]
    return {"record": lookup.record, "repeated": lookup.repeated, "chain": chain}


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
