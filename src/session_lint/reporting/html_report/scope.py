"""What the run looked at, what it found in numbers, and what it could not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from session_lint.facts.finding import Finding, Report, Unresolved
from session_lint.reporting.html_report.card import repairable
from session_lint.reporting.html_report.markdown import inline
from session_lint.reporting.html_report.markup import Html, element

_LISTED = 200  # unresolved calls


def headline(report: Report) -> str:
    """The outcome in a few words."""
    count = len(report.findings)
    if count:
        return _number(count, "finding") + (" left" if report.repaired else "")
    return "no findings in the files that could be analysed" if report.notices else "no findings"


def numbers(report: Report) -> Html:
    """The counts, as pairs of a name and a number."""
    rules = sorted(Counter((finding.code, finding.name) for finding in report.findings).items())
    pairs = [(element("span", element("span", code, class_="code"), " ", name), str(count), "per-rule") for (code, name), count in rules]
    pairs += [
        (element("span", name), str(count), "run")
        for name, count, always in (
            ("files checked", len(report.files), True),
            ("with a repair", sum(map(repairable, report.findings)), True),
            ("repaired", len(report.repaired or ()), report.repaired is not None),
            ("suppressed", report.suppressed, bool(report.suppressed)),
            ("in the baseline", report.baseline.hidden if report.baseline else 0, report.baseline is not None),
        )
        if always
    ]
    return element(
        "dl", *(element("div", element("dt", name), element("dd", count), class_=kind) for name, count, kind in pairs), class_="numbers"
    )


def blind_spots(report: Report) -> Html:
    """What could not be analysed: files, and calls whose target is not known."""
    calls = sorted(report.unresolved, key=lambda call: (call.reason, call.place, call.text))
    parts: list[Html] = []
    if report.notices:
        rows = [
            element("li", element("code", f"{notice.path}:{notice.row}" if notice.row else notice.path), f" {notice.message}")
            for notice in report.notices
        ]
        parts += [element("p", "These could not be analysed; findings that run through them are missing:"), element("ul", *rows)]
    known = (
        f"{report.resolved_calls} calls were followed, {report.external_calls} lead out of the project, {len(calls)} could not be resolved"
    )
    parts.append(element("p", f"{known}." if not calls else f"{known}: a call chain ends at each of these."))
    if calls:
        parts.append(_unresolved(calls))
    title = f"What could not be analysed: {_blind(len(report.notices), len(calls))}"
    return element(
        "details", element("summary", title), *parts, class_="blind warned" if report.notices else "blind", open=bool(report.notices)
    )


def repaired(report: Report) -> Html:
    """The findings that `fix` made go away."""
    if not report.repaired:
        return Html()
    head = element("tr", *(element("th", text, scope="col") for text in ("Rule", "Where it was", "What was done")))
    rows = [_repaired(finding) for finding in report.repaired]
    table = element("table", element("thead", head), element("tbody", *rows))
    return element("section", element("h2", "Repaired"), element("div", table, class_="scroll"), class_="repaired")


def _repaired(finding: Finding) -> Html:
    done = inline(finding.fix.message) if finding.fix is not None else Html()
    where = element("span", f"{finding.place}:{finding.place.span.column}", class_="where")
    return element("tr", element("td", element("span", finding.code, class_="code")), element("td", where), element("td", done))


def _unresolved(calls: Sequence[Unresolved]) -> Html:
    reasons = sorted(Counter(call.reason for call in calls).items(), key=lambda pair: (-pair[1], pair[0]))
    shown = calls[:_LISTED]
    items = [
        element(
            "li",
            element("span", f"{call.place}:{call.place.span.column}", class_="where"),
            " ",
            element("code", call.text),
            f" ({call.reason})",
        )
        for call in shown
    ]
    counts = "; ".join(f"{reason}: {count}" for reason, count in reasons)
    rest = (
        element("p", f"and {len(calls) - len(shown)} more: session-lint check --show-unresolved lists all.")
        if len(calls) > len(shown)
        else ""
    )
    return element("div", element("p", counts), element("ul", *items), rest)


def _blind(notices: int, calls: int) -> str:
    parts = [_number(count, what) for count, what in ((notices, "problem"), (calls, "unresolved call")) if count]
    return ", ".join(parts) or "nothing known"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
