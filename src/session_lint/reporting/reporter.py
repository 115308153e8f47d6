"""The contract of a reporter: one output format."""

from __future__ import annotations

import os.path
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from session_lint.facts.finding import Applicability, Finding, Report
from session_lint.facts.location import Place

_CODES = {"bold": "1", "red": "1;31", "yellow": "33", "blue": "1;34", "cyan": "36", "green": "32", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Style:
    """How to render: `width` is in terminal columns, 0 for no limit; paths below the directory `base` lose that prefix; `verbose` asks
    for the proof of each finding where a format can tell it. `pages` are what codes lead to where a terminal follows links."""

    color: bool = False
    width: int = 0
    base: str = ""
    summary: bool = True
    verbose: bool = False
    pages: Mapping[str, str] = field(default_factory=dict)

    def code(self, code: str) -> str:
        """The code of a rule, in its colour, and as a link to its page (OSC 8) where there is one."""
        page = self.pages.get(code)
        painted = self.paint(code, "red")
        return painted if page is None else f"\x1b]8;;{page}\x1b\\{painted}\x1b]8;;\x1b\\"

    def paint(self, text: str, kind: str) -> str:
        """`text` in one of the colours of this style, or as it is when colours are off."""
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if self.color and text else text


class Reporter(ABC):
    """One output format. It makes text and prints nothing."""

    for_people: ClassVar[bool] = True  # False: a program reads it, so listings of the same run are JSON too
    shows_edits: ClassVar[bool] = False  # True: it tells the edits that would repair a finding, so they are worked out for it
    lists_rules: ClassVar[bool] = False  # True: it says what the rules are, so the report it gets has them

    appends_to: ClassVar[str] = ""  # an environment variable: the `appendix` is added to the file it names, if it is set

    @property
    def name(self) -> str:
        """The format's name on the command line: the stem of its file."""
        return type(self).__module__.rsplit(".", 1)[-1]

    @abstractmethod
    def render(self, report: Report, style: Style) -> str:
        """The report as text, ending in a newline unless it is empty."""

    def appendix(self, report: Report) -> str:
        """What is added to the file that `appends_to` leads to."""
        del report
        return ""


def absolute(report: Report, path: str) -> str:
    """The full name of a path of the report; the path itself when the project is in memory."""
    return os.path.normpath(os.path.join(report.root, path)) if report.root else path  # noqa: PTH118 - text, maybe not of this system


def shown(report: Report, path: str, style: Style) -> str:
    """The path as a person sees it: relative to the style's base when it lies below it, else in full."""
    full = absolute(report, path)
    prefix = style.base.rstrip(os.sep) + os.sep
    return full[len(prefix) :] if style.base and full.startswith(prefix) else full


def placed(report: Report, place: Place, style: Style) -> str:
    """A place as `path:row`, for people."""
    return printable(f"{shown(report, place.path, style)}:{place.span.row}")


def located(report: Report, place: Place) -> dict[str, object]:
    """A place for programs."""
    return {"filename": absolute(report, place.path), "location": {"row": place.span.row, "column": place.span.column}}


def printable(text: str) -> str:
    """`text` on one line without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() or c == " " else "\ufffd" for c in text.replace("\r", "").replace("\n", " ").replace("\t", " "))


def closing(report: Report) -> str:
    """The last line for people: how many findings there are."""
    count = len(report.findings)
    if report.repaired:
        return (
            f"{_count(len(report.repaired) + count)}: {len(report.repaired)} repaired, {count or 'none'} left.{known(report)}{more(report)}"
        )
    if count:
        return f"{_count(count)}.{known(report)}{more(report)}"
    if report.root and not (report.files or report.notices):
        return "Nothing was checked." + known(report)
    return ("No findings in the files that could be analysed." if report.notices else "All checks passed!") + known(report)


def known(report: Report) -> str:
    """What is not shown because the base of a comparison or the baseline holds it, and what is gone; "" without any."""
    said = ""
    if report.base is not None:
        said += f" {report.base.hidden} there at {report.base_name}, {report.base.gone_count} fixed since."
    found = report.baseline
    if found is not None and found.hidden:
        said += f" {found.hidden} hidden by the baseline."
    if found is not None and found.gone:
        said += f" {found.gone_count} of the baseline gone: `session-lint baseline prune` removes them."
    return said


def outlook(report: Report, finding: Finding) -> tuple[str, str]:
    """(label, text) of what is said about the repair of a finding; ("", "") when nothing is. After `fix`, why it is still there."""
    fix = finding.fix
    if fix is None:
        return "", ""
    if report.repaired is None:
        return "help", printable(fix.message)
    if not fix.can_be_made:
        return "not repaired", printable(fix.message)
    return "help", f"{printable(fix.message)} ({'with --unsafe-fixes' if fix.applicability is Applicability.UNSAFE else 'in another run'})"


def headline(finding: Finding) -> str:
    """The message without the advice at its end, for a format that has a line of its own for it."""
    fix, message = finding.fix, finding.message
    advice = (fix.advice or fix.message).lower() if fix is not None else ""
    at = message.find("; ")
    while advice and at >= 0:
        if advice.startswith(message[at + 2 :].lower()):
            return message[:at]
        at = message.find("; ", at + 2)
    return message


def _count(count: int) -> str:
    return f"Found {count} finding{'s' if count > 1 else ''}"


def more(report: Report) -> str:
    """What `fix` was not allowed to do."""
    if report.repaired is None:
        return ""
    count = sum(f.fix is not None and bool(f.fix.edits) and f.fix.applicability is Applicability.UNSAFE for f in report.findings)
    return f" --unsafe-fixes would repair {count} of them." if count else ""
