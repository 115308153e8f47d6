"""`session-lint discover`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import emit, say, style, warn
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode
from session_lint.facts.finding import Report
from session_lint.facts.getters import GettersReport
from session_lint.reporting.getters_listing import as_json, concise, full
from session_lint.reporting.reporter import Style

_FORMATS: dict[str, Callable[[GettersReport, Style], str]] = {"concise": concise, "full": full, "json": as_json}


@click.command("discover", short_help="List the getters of the project.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--write", is_flag=True, help="Add the suggested getters to pyproject.toml; what is there stays as it is.")
@click.option("--output-format", type=click.Choice(sorted(_FORMATS)), default="full", show_default=True, help="How to print.")
@click.option("--output-file", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Print to this file.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="When to use colours.")
@project_options
def command(
    *, paths: tuple[str, ...], write: bool, output_format: str, output_file: Path | None, color: str, project: ProjectOptions
) -> int:
    """List the getters of the project: what shows that each is one, its key, and whether it needs a setting.

    Functions that look like getters but are not taken for such are listed with the reason, and the settings for them printed.

    Exit code: 0 done, 2 something could not be analysed or written.
    """
    if write and (project.config is not None or project.isolated):
        raise click.UsageError("--write goes to the pyproject.toml of the project: it cannot be used with --config or --isolated.")
    settings = project.settings(paths)
    kept = project.kept(paths, settings)
    excluded = bool(paths) and not kept
    report = GettersReport(()) if excluded else api.discover(kept, settings=settings, options=project.run_options())
    look = style(color, output_file=output_file, quiet=False)
    warn(Report((), report.notices, root=report.root), look)
    emit(_FORMATS[output_format](report, look), output_file)
    if write:
        file = api.add_getters(report.suggested, settings.root)
        count = len(report.suggested)
        say("Nothing to write." if file is None else f"Added {count} getter{'s' if count > 1 else ''} to {file}.")
    return ExitCode.FAILED if report.notices else ExitCode.CLEAN
