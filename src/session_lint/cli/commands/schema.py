"""`session-lint schema`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import emit, style, warn
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode
from session_lint.facts.finding import Report
from session_lint.facts.schema_report import SchemaReport
from session_lint.reporting.reporter import Style
from session_lint.reporting.schema_listing import as_json, text

_FORMATS: dict[str, Callable[[SchemaReport, Style], str]] = {"json": as_json, "text": text}


@click.command("schema", short_help="List the tables of the project and what is unique in them.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--output-format", type=click.Choice(sorted(_FORMATS)), default="text", show_default=True, help="How to print.")
@click.option("--output-file", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Print to this file.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="When to use colours.")
@project_options
def command(*, paths: tuple[str, ...], output_format: str, output_file: Path | None, color: str, project: ProjectOptions) -> int:
    """List the tables that the project declares: the columns, the sets of them that are unique, and what is not understood.

    Models, tables and statements are read; nothing of the project is run, and no database is asked.

    Exit code: 0 done, 2 something could not be analysed.
    """
    settings = project.settings(paths)
    kept = project.kept(paths, settings)
    excluded = bool(paths) and not kept
    report = SchemaReport(()) if excluded else api.schema(kept, settings=settings, options=project.run_options())
    look = style(color, output_file=output_file, quiet=False)
    warn(Report((), report.notices, root=report.root), look)
    emit(_FORMATS[output_format](report, look), output_file)
    return ExitCode.FAILED if report.notices else ExitCode.CLEAN
