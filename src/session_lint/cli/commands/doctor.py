"""`session-lint doctor`."""

from __future__ import annotations

import json
import textwrap
from itertools import groupby
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import emit, names, say, style, warn
from session_lint.errors import ExitCode
from session_lint.facts.finding import Report
from session_lint.facts.trap import Caught, Diagnosis
from session_lint.reporting.reporter import Style, absolute, printable, shown


@click.command("doctor", short_help="Find settings that hide findings.")
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path), metavar="[PATH]")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print.")
@names("--ignore", help="Traps not to look for.")
@click.option("--fix", is_flag=True, help="Make the changes that can be made in one way only, and say what is left.")
def command(*, path: Path, output_format: str, ignore: tuple[str, ...] | None, fix: bool) -> int:
    """Look for traps around the project of PATH: settings of ruff, flake8, pre-commit, CI and git that hide findings.

    Exit code: 0 nothing found, 1 traps, 2 something could not be read.
    """
    diagnosis = api.diagnose(path, ignore=ignore or (), mend=fix)
    for caught in diagnosis.mended:
        say(f"mended: {caught.mending.path if caught.mending else caught.path}: {caught.trap}: {printable(caught.message)}")
    look = style("auto", output_file=None, quiet=False)
    report = Report((), diagnosis.notices, root=diagnosis.root)
    warn(report, look)
    emit(_json(diagnosis, report) if output_format == "json" else _text(diagnosis, report, look))
    if diagnosis.notices:
        return ExitCode.FAILED
    return ExitCode.FINDINGS if diagnosis.caught else ExitCode.CLEAN


def _text(diagnosis: Diagnosis, report: Report, look: Style) -> str:
    parts = [_entry(list(alike), report, look) for _, alike in groupby(_by_kind(diagnosis), key=lambda one: (one.trap, one.why))]
    count = len(diagnosis.caught)
    if count:
        parts.append(f"Found {count} trap{'s' if count > 1 else ''}.\n")
    else:
        parts.append("No traps in the files that could be read.\n" if diagnosis.notices else "No traps found.\n")
    return "\n".join(parts)


def _by_kind(diagnosis: Diagnosis) -> list[Caught]:
    """Places of one trap together, in the order in which the first of each comes."""
    first: dict[tuple[str, str], int] = {}
    for at, one in enumerate(diagnosis.caught):
        first.setdefault((one.trap, one.why), at)
    return sorted(diagnosis.caught, key=lambda one: first[one.trap, one.why])


def _entry(alike: list[Caught], report: Report, look: Style) -> str:
    """The places of one trap, and what it costs, once; a change that is the same for all of them, too."""
    lines = []
    for at, caught in enumerate(alike):
        place = f"{shown(report, caught.path, look)}{f':{caught.row}' if caught.row else ''}"
        lines.append(f"{look.paint(place, 'bold')}: {look.paint(caught.trap, 'red')} {printable(caught.message)}")
        if at + 1 == len(alike) or alike[at + 1].change != caught.change:
            last = f"  why: {printable(caught.why)}\n" if at + 1 == len(alike) else ""
            lines.append(f"{last}  {look.paint('change', 'cyan')}:\n{textwrap.indent(caught.change, '    ')}")
    return "\n".join(lines) + "\n"


def _json(diagnosis: Diagnosis, report: Report) -> str:
    found = [
        {
            "trap": caught.trap,
            "message": caught.message,
            "filename": absolute(report, caught.path),
            "location": {"row": caught.row} if caught.row else None,
            "why": caught.why,
            "change": caught.change,
        }
        for caught in diagnosis.caught
    ]
    return json.dumps(found, indent=2) + "\n"
