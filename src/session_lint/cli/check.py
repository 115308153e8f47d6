"""`session-lint check`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from session_lint import api, listing, registry, reporters
from session_lint.command import bundle, emit, names, read_stdin, say, style, warn
from session_lint.errors import ExitCode, SessionLintError
from session_lint.facts.finding import Report
from session_lint.project_options import ProjectOptions, project_options
from session_lint.reporter import Reporter, Style
from session_lint.settings import Selectors, Settings

_STDIN = "-"


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """Which rules."""

    select: tuple[str, ...] | None
    extend_select: tuple[str, ...] | None
    ignore: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What is shown, how and where."""

    output_format: str
    output_file: Path | None
    color: str
    quiet: bool
    show_files: bool
    show_unresolved: bool
    statistics: bool
    exit_zero: bool


_rule_options = bundle(
    "wanted",
    RuleOptions,
    names("--select", help="Rules to run: codes, prefixes, names or ALL. In place of the configured ones."),
    names("--extend-select", help="Rules to run besides those selected."),
    names("--ignore", help="Rules not to run."),
)
_output_options = bundle(
    "output",
    OutputOptions,
    click.option("--output-format", type=click.Choice(registry.stems(reporters)), default="full", show_default=True, help="How to print."),
    click.option("--output-file", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Print to this file."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="When to use colours."),
    click.option("--quiet", "-q", is_flag=True, help="Print findings only, no summary."),
    click.option("--show-files", is_flag=True, help="List the files that would be checked, and stop."),
    click.option("--show-unresolved", is_flag=True, help="List the calls that could not be resolved, by reason, in place of findings."),
    click.option("--statistics", is_flag=True, help="Count findings per rule in place of listing them."),
    click.option("--exit-zero", "-e", is_flag=True, help="Exit with 0 even when there are findings."),
)


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_rule_options
@_output_options
@project_options
@click.option("--stdin-filename", metavar="PATH", help="The file that the text on standard input stands for.")
def command(
    *, paths: tuple[str, ...], wanted: RuleOptions, output: OutputOptions, project: ProjectOptions, stdin_filename: str | None
) -> int:
    """Report repeated get-or-create calls and clear-then-insert sequences.

    The whole project is analysed; PATHs choose what is reported. "-" reads standard input.

    Exit code: 0 nothing found, 1 findings, 2 the job could not be done.
    """
    source = _stdin_name(paths, stdin_filename)
    settings, chosen = _scope(paths if source is None else (source,) if source != _STDIN else (), wanted, project)
    if output.show_files:
        emit(_files(chosen, settings), output.output_file)
        return ExitCode.CLEAN
    options = replace(project.run_options(), show_unresolved=output.show_unresolved)
    if source == _STDIN:
        report = api.check_source(read_stdin(), settings=settings)
    elif chosen is None:
        report = Report(findings=())
    else:
        overlay = {} if source is None else {_inside(source, settings): read_stdin()}
        report = api.check_paths(chosen, settings=settings, options=replace(options, overlay=overlay))
    look = style(output.color, output_file=output.output_file, quiet=output.quiet)
    _warn(report, look)
    emit(_render(report, output, look), output.output_file)
    return api.exit_code(report, exit_zero=output.exit_zero)


def _stdin_name(paths: tuple[str, ...], filename: str | None) -> str | None:
    """The file that standard input stands for, "-" when it has no name, None when standard input is not to be read."""
    if filename is None and _STDIN not in paths:
        return None
    if any(path != _STDIN for path in paths):
        raise click.UsageError('"-" and --stdin-filename cannot be combined with other paths.')
    return filename if filename is not None else _STDIN


def _scope(paths: tuple[str, ...], wanted: RuleOptions, project: ProjectOptions) -> tuple[Settings, tuple[str, ...] | None]:
    """The settings, and the paths to report on: none given means the current directory, None that every one is excluded."""
    selectors = Selectors(select=wanted.select, extend_select=wanted.extend_select or (), ignore=wanted.ignore or ())
    settings = project.settings(paths, selectors)
    kept = project.kept(paths, settings)
    return settings, kept if kept or not paths else None


def _files(paths: tuple[str, ...] | None, settings: Settings) -> str:
    files = () if paths is None else api.list_files(paths, settings=settings)
    return "".join(f"{settings.root / file}\n" for file in files)


def _inside(filename: str, settings: Settings) -> str:
    """The file's path in the project. The file itself need not exist yet."""
    full = Path(filename).resolve()
    if not full.is_relative_to(settings.root):
        raise SessionLintError(f"{filename}: lies outside the project root {settings.root}")
    return full.relative_to(settings.root).as_posix()


def _warn(report: Report, look: Style) -> None:
    warn(report, look)
    if not report.files and not report.notices:
        say("warning: no Python files found under the given paths")


def _render(report: Report, output: OutputOptions, look: Style) -> str:
    reporter = next(item for item in registry.discover(reporters, Reporter) if item.name == output.output_format)  # type: ignore[type-abstract]
    if output.show_unresolved:
        return listing.unresolved(report, look) if reporter.for_people else listing.unresolved_json(report)
    if output.statistics:
        return listing.statistics(report, look) if reporter.for_people else listing.statistics_json(report)
    return reporter.render(report, look)
