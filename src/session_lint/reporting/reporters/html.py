"""One self-contained page: the findings with their sources, call chains and races drawn, to read, filter and pass on."""

from __future__ import annotations

from session_lint.facts.finding import Report
from session_lint.reporting.reporter import Reporter, Style


class Html(Reporter):
    """For a person in a browser; write it to a file with `--output-file`."""

    shows_edits = True
    lists_rules = True

    def render(self, report: Report, style: Style) -> str:
        from session_lint.reporting.html_report.page import page  # for this format alone

        del style  # the page has its own colours, and its paths are those of the project
        return page(report)
