"""One line a finding, as editors and `grep` like it."""

from __future__ import annotations

from session_lint.facts.finding import Finding, Report
from session_lint.reporting.interchange import in_order, statement
from session_lint.reporting.reporter import Reporter, Style, printable, shown
from session_lint.reporting.silence import closing_lines


class Concise(Reporter):
    """`path:row:col: CODE [name] message`."""

    def render(self, report: Report, style: Style) -> str:
        lines = [_line(report, finding, style, f"repaired: {_message(finding)}") for finding in report.repaired or ()]
        lines += [_line(report, finding, style, statement(report, finding)) for finding in in_order(report.findings)]
        if style.summary:
            lines += closing_lines(report)
        return "".join(f"{line}\n" for line in lines)


def _message(finding: Finding) -> str:
    return printable(finding.fix.message) if finding.fix is not None else ""


def _line(report: Report, finding: Finding, style: Style, text: str) -> str:
    span = finding.place.span
    path = style.paint(printable(shown(report, finding.place.path, style)), "bold")
    colon = style.paint(":", "cyan")
    code = style.code(finding.code)
    return f"{path}{colon}{span.row}{colon}{span.column}{colon} {code} [{finding.name}] {text}"
