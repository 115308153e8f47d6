"""How `session-lint discover` prints what it found, for people and for programs."""

from __future__ import annotations

import json

from session_lint.facts.finding import Report
from session_lint.facts.getters import Getter, GettersReport
from session_lint.facts.location import Place
from session_lint.reporting.reporter import Style, located, placed, printable
from session_lint.settings.getters_table import block, entry

_STATUS = {
    "known": "Getters that the analysis knows; no setting is needed:",
    "configured": "Getters that the settings name:",
    "candidate": "Functions that may be getters; the analysis does not take them for such:",
}


def full(report: GettersReport, style: Style) -> str:
    """The getters by what is known of them, with the evidence, and the settings that would make getters of candidates."""
    lines: list[str] = []
    for status, title in _STATUS.items():
        found = [getter for getter in report.getters if getter.status == status]
        if found:
            lines += [style.paint(title, "bold"), ""]
            for getter in found:
                lines += [*_getter(report, getter, style), ""]
    if report.suggested:
        lines += [style.paint("For pyproject.toml (`--write` puts it there); take out what is no getter:", "bold"), ""]
        lines += [*block(report.suggested).splitlines(), ""]
    return "".join(f"{line}\n" for line in (*lines, closing(report)))


def concise(report: GettersReport, style: Style) -> str:
    """Each function in one line."""
    lines = [
        f"{style.paint(_place(report, getter.place, style), 'cyan')}: {getter.status}  {_signature(getter)}"
        f"  {printable(getter.reason or getter.evidence[0].text)}"
        for getter in report.getters
    ]
    return "".join(f"{line}\n" for line in (*lines, closing(report)))


def as_json(report: GettersReport, _style: Style) -> str:
    """Each function for programs. `setting` is the item of `getters`, null where none is suggested."""
    rows = [
        {
            "function": getter.function,
            "status": getter.status,
            **_location(report, getter.place),
            "keys": list(getter.keys),
            "id": getter.result or None,
            "reason": getter.reason or None,
            "evidence": [{"text": one.text, **_location(report, one.place or getter.place)} for one in getter.evidence],
            "setting": entry(getter) if getter.suggested else None,
        }
        for getter in report.getters
    ]
    return json.dumps(rows, indent=2, sort_keys=True) + "\n"


def closing(report: GettersReport) -> str:
    """The last line for people."""
    if not report.getters:
        return "No getters found. One that is not known by its body or its name can be named in the setting `getters`."
    counts = {status: sum(getter.status == status for getter in report.getters) for status in _STATUS}
    suggested, several = len(report.suggested), "" if counts["candidate"] == 1 else "s"
    return (
        f"{counts['known']} known, {counts['configured']} configured, {counts['candidate']} candidate{several},"
        f" of which {suggested or 'none'} {'are' if suggested > 1 else 'is'} worth a setting."
    )


def _getter(report: GettersReport, getter: Getter, style: Style) -> list[str]:
    lines = [f"{style.paint(_place(report, getter.place, style), 'cyan')}: {_signature(getter)}"]
    for one in getter.evidence:
        where = f"{_place(report, one.place, style)}  " if one.place is not None else ""
        lines.append(f"    {where}{printable(one.text)}")
    if getter.reason:
        lines.append(f"    {style.paint('not taken for a getter', 'yellow')}: {printable(getter.reason)}")
    return lines


def _signature(getter: Getter) -> str:
    keys = f"key: {', '.join(getter.keys)}" if getter.keys else "no key"
    return printable(f"{getter.function}  ({keys}{f'; id: {getter.result}' if getter.result else ''})")


def _place(report: GettersReport, place: Place, style: Style) -> str:
    return placed(Report((), root=report.root), place, style)


def _location(report: GettersReport, place: Place) -> dict[str, object]:
    return located(Report((), root=report.root), place)
