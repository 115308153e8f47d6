"""The findings under the names of their files, for people."""

from __future__ import annotations

from itertools import groupby

from session_lint.facts.finding import Finding, Report
from session_lint.reporting.interchange import in_order, statement
from session_lint.reporting.reporter import Reporter, Style, printable, shown
from session_lint.reporting.silence import closing_lines

_Row = tuple[Finding, str]


class Grouped(Reporter):
    """A block a file: its name, then `row:col CODE [name] message` for each finding in it."""

    def render(self, report: Report, style: Style) -> str:
        rows = [(finding, f"repaired: {_message(finding)}") for finding in report.repaired or ()]
        rows += [(finding, statement(report, finding)) for finding in in_order(report.findings)]
        rows.sort(key=lambda row: row[0].place.path)  # stable: what was repaired comes first in its file
        blocks = [_block(report, path, list(group), style) for path, group in groupby(rows, key=lambda row: row[0].place.path)]
        if style.summary:
            blocks.append("".join(f"{line}\n" for line in closing_lines(report)))
        return "\n".join(blocks)


def _message(finding: Finding) -> str:
    return printable(finding.fix.message) if finding.fix is not None else ""


def _block(report: Report, path: str, rows: list[_Row], style: Style) -> str:
    places = [(str(finding.place.span.row), str(finding.place.span.column)) for finding, _ in rows]
    left, right = (max(map(len, numbers)) for numbers in zip(*places, strict=True))
    colon = style.paint(":", "cyan")
    lines = [style.paint(printable(shown(report, path, style)), "bold") + colon]
    for (finding, text), (row, column) in zip(rows, places, strict=True):
        lines.append(f"  {row.rjust(left)}{colon}{column.ljust(right)}  {style.code(finding.code)} [{finding.name}] {text}")
    return "".join(f"{line}\n" for line in lines)
