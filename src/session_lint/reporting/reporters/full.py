"""The default: the snippet, the call path that proves the finding, and the advice."""

from __future__ import annotations

from itertools import pairwise

from session_lint.analysis.proof import proof
from session_lint.facts.finding import ChainStep, Confidence, Finding, Report
from session_lint.facts.location import Place
from session_lint.facts.summary import Check, Repeat, Replacement
from session_lint.known.identity import local_name
from session_lint.reporting.reporter import Reporter, Style, headline, outlook, printable, shown
from session_lint.reporting.silence import closing_lines
from session_lint.reporting.snippet import columns, gutter_of, snippet

_Row = tuple[str, str, str]  # where (indented by its depth), what, what happens there


class Full(Reporter):
    """For a person at a terminal."""

    def render(self, report: Report, style: Style) -> str:
        sources = dict(report.sources)
        blocks = [_repaired(report, finding, style) for finding in report.repaired or ()]
        blocks += [[""]] if blocks and report.findings else []
        blocks += [_finding(report, sources, finding, style) for finding in sorted(report.findings, key=lambda f: f.sort_key)]
        if style.summary:
            blocks.append(_summary(report, style))
        return "".join("\n".join(block) + "\n" for block in blocks)


def _finding(report: Report, sources: dict[str, str], finding: Finding, style: Style) -> list[str]:
    place = finding.place
    source = sources.get(place.path, "")
    label, text = outlook(report, finding)
    said = headline(finding) if label == "help" and report.repaired is None else finding.message
    doubt = " (likely)" if finding.confidence is Confidence.LIKELY else ""
    where = f"{printable(shown(report, place.path, style))}:{place.span.row}:{place.span.column}"
    lines = [
        f"{style.code(finding.code)} {style.paint(finding.name, 'bold')}: {printable(said)}{doubt}",
        f"{' ' * gutter_of(source, place.span)}{style.paint('-->', 'blue')} {where}",
    ]
    lines += snippet(source, place.span, style)
    lines += _trace(report, sources, finding, style)
    lines += _because(finding, style) if style.verbose else []
    if label:
        lines.append(f"{style.paint(f'{label}:', 'cyan')} {text}")
    lines.append("")
    return lines


def _because(finding: Finding, style: Style) -> list[str]:
    """What the path alone does not show: why the two halves belong together, and what keeps them apart."""
    reasons = [step.text for step in proof(finding) if step.place is None]
    return [style.paint("because:", "cyan"), *(f"  {printable(reason)}" for reason in reasons)] if reasons else []


def _repaired(report: Report, finding: Finding, style: Style) -> list[str]:
    where = f"{printable(shown(report, finding.place.path, style))}:{finding.place.span.row}:{finding.place.span.column}"
    message = printable(finding.fix.message) if finding.fix is not None else ""
    code, name = style.code(finding.code), style.paint(finding.name, "bold")
    return [f"{style.paint('repaired', 'green')} {where}: {code} {name}: {message}"]


def _trace(report: Report, sources: dict[str, str], finding: Finding, style: Style) -> list[str]:
    """The way to what happened first, then the way to the finding, one function deeper a line."""
    steps = {step.place for step in finding.chain}
    legs = [(related, _leg(finding, related.place, steps)) for related in finding.related if related.place not in steps]
    rows: list[_Row] = []
    for related, leg in legs:
        if leg:
            rows += _way(report, leg, [*_notes(leg)[:-1], related.message], style)
        else:
            rows.append((_where(report, related.place, style, 0), _excerpt(sources, related.place), related.message))
    rows += _way(report, finding.chain, _notes(finding.chain), style)
    if not rows:
        return []
    title = "call path:" if any(len(way) > 1 for way in (finding.chain, *(leg for _, leg in legs))) else "related:"
    return [style.paint(title, "cyan"), *_table(rows)]


def _leg(finding: Finding, place: Place, steps: set[Place]) -> tuple[ChainStep, ...]:
    """The steps to a related place, from the function where both halves meet; of a way that begins as the finding's does, the end."""
    material = finding.intent.material if finding.intent is not None else None
    if isinstance(material, Replacement):
        ways: tuple[tuple[ChainStep, ...], ...] = (material.clear_chain,)
    elif isinstance(material, Check):
        ways = (material.look_chain,)
    else:
        ways = (material.first_chain, material.again_chain) if isinstance(material, Repeat) else ()
    way = next((way for way in ways if way and way[-1].place == place), ())
    return way[-1:] if way and way[0].place in steps else way


def _way(report: Report, way: tuple[ChainStep, ...], notes: list[str], style: Style) -> list[_Row]:
    return [
        (_where(report, step.place, style, depth), _function(step), note) for depth, (step, note) in enumerate(zip(way, notes, strict=True))
    ]


def _notes(chain: tuple[ChainStep, ...]) -> list[str]:
    """What happens at each step: the rule's own words, or the call that leads to the next step."""
    notes = [step.note or f"→ {_function(following)}" for step, following in pairwise(chain)]
    return [*notes, chain[-1].note or "here"] if chain else []


def _where(report: Report, place: Place, style: Style, depth: int) -> str:
    return f"{'  ' * depth}{printable(shown(report, place.path, style))}:{place.span.row}"


def _function(step: ChainStep) -> str:
    return printable(local_name(step))


def _excerpt(sources: dict[str, str], place: Place) -> str:
    """The source text at the place, when it is known and short enough to stand in a table."""
    lines = sources.get(place.path, "").split("\n")
    span = place.span
    if span.row != span.end_row or span.row > len(lines):
        return ""
    text = printable(lines[span.row - 1][span.column - 1 : span.end_column - 1]).strip()
    return text if len(text) <= 48 else text[:47] + "…"


def _table(rows: list[_Row]) -> list[str]:
    where = max(columns(row[0]) for row in rows)
    what = max(columns(row[1]) for row in rows)
    return [f"  {_pad(row[0], where)}  {_pad(row[1], what)}  {printable(row[2])}".rstrip() for row in rows]


def _pad(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _summary(report: Report, style: Style) -> list[str]:
    good = not report.findings and not report.notices
    last, *more = closing_lines(report)
    lines = [style.paint(last, "green" if good else "bold"), *more]
    if report.unresolved:
        lines.append(f"{report.resolved_calls} calls resolved, {len(report.unresolved)} not (see --show-unresolved).")
    return lines
