"""`session-lint doctor`."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import emit, names, style, warn
from session_lint.errors import ExitCode
from session_lint.facts.finding import Report
from session_lint.facts.trap import Caught, Diagnosis
from session_lint.reporting.reporter import Style, absolute, printable, shown


@click.command("doctor", short_help="Find settings that hide findings.")
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path), metavar="[PATH]")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print.")
@names("--ignore", help="Traps not to look for.")
def command(*, path: Path, output_format: str, ignore: tuple[str, ...] | None) -> int:
    """Look for traps around the project of PATH: settings of ruff, flake8, pre-commit, CI and git that hide findings.

    Exit code: 0 nothing found, 1 traps, 2 something could not be read.
    """
    diagnosis = api.diagnose(path, ignore=ignore or ())
    look = style("auto", output_file=None, quiet=False)
    report = Report((), diagnosis.notices, root=diagnosis.root)
    warn(report, look)
    emit(_json(diagnosis, report) if output_format == "json" else _text(diagnosis, report, look))
    if diagnosis.notices:
        return ExitCode.FAILED
    return ExitCode.FINDINGS if diagnosis.caught else ExitCode.CLEAN


def _text(diagnosis: Diagnosis, report: Report, look: Style) -> str:
    parts = [_entry(caught, report, look) for caught in diagnosis.caught]
    count = len(diagnosis.caught)
    if count:
        parts.append(f"Found {count} trap{'s' if count > 1 else ''}.\n")
    else:
        parts.append("No traps in the files that could be read.\n" if diagnosis.notices else "No traps found.\n")
    return "\n".join(parts)


def _entry(caught: Caught, report: Report, look: Style) -> str:
    place = f"{shown(report, caught.path, look)}{f':{caught.row}' if caught.row else ''}"
    change = textwrap.indent(caught.change, "    ")
    head = f"{look.paint(place, 'bold')}: {look.paint(caught.trap, 'red')} {printable(caught.message)}"
    return f"{head}\n  why: {printable(caught.why)}\n  {look.paint('change', 'cyan')}:\n{change}\n"


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
