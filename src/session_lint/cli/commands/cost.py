"""`session-lint cost`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import emit, paths_argument, style, warn
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode
from session_lint.facts.cost import CostReport
from session_lint.facts.finding import Report
from session_lint.reporting.cost_listing import as_json, concise, full
from session_lint.reporting.reporter import Style

_FORMATS: dict[str, Callable[[CostReport, Style, int | None], str]] = {"concise": concise, "full": full, "json": as_json}


@click.command("cost", short_help="Count the getter calls of each entry point.")
@paths_argument
@click.option(
    "--max",
    "limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="Fail when an entry point obtains one kind of record more than N times; in place of the setting max-lookups-per-entry-point.",
)
@click.option("--output-format", type=click.Choice(sorted(_FORMATS)), default="full", show_default=True, help="How to print.")
@click.option("--output-file", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Print to this file.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="When to use colours.")
@click.option("--quiet", "-q", is_flag=True, help="Print entry points only, no summary.")
@project_options
def command(
    *,
    paths: tuple[str, ...],
    limit: int | None,
    output_format: str,
    output_file: Path | None,
    color: str,
    quiet: bool,
    project: ProjectOptions,
) -> int:
    """Count the getter calls of each entry point, on the worst path of one request.

    Entry points are the routes, tasks, handlers and commands of the common frameworks, and what nobody in the project calls.
    The whole project is analysed; PATHs choose which entry points are listed.

    Exit code: 0 done, 1 an entry point exceeds the maximum, 2 something could not be analysed.
    """
    settings = project.settings(paths)
    kept = project.kept(paths, settings)
    most = settings.max_lookups_per_entry_point if limit is None else limit
    excluded = bool(paths) and not kept
    report = CostReport(()) if excluded else api.cost(kept, settings=settings, options=project.run_options())
    look = style(color, output_file=output_file, quiet=quiet)
    warn(Report((), report.notices, root=report.root), look)
    emit(_FORMATS[output_format](report, look, most), output_file)
    if report.notices:
        return ExitCode.FAILED
    return ExitCode.FINDINGS if report.exceeding(most) else ExitCode.CLEAN
