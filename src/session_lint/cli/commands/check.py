"""`session-lint check`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.adoption_options import AdoptionOptions, BaselineOptions, EqualsCommand, add_noqa, adoption_options, baseline_options
from session_lint.cli.check_options import (
    STDIN,
    OutputOptions,
    RuleOptions,
    inside,
    list_files,
    listed,
    output_options,
    rule_options,
    scope,
    stdin_name,
    stdin_option,
    warn_of,
)
from session_lint.cli.command import emit, paths_argument, read_stdin
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode
from session_lint.facts.finding import Report
from session_lint.runtime import progress
from session_lint.settings.settings import Settings


@click.command("check", short_help="Report repeated getters and clear-then-insert.", cls=EqualsCommand)
@paths_argument
@rule_options
@output_options
@baseline_options
@adoption_options
@project_options
@stdin_option
def command(
    *,
    paths: tuple[str, ...],
    wanted: RuleOptions,
    output: OutputOptions,
    known: BaselineOptions,
    adoption: AdoptionOptions,
    project: ProjectOptions,
    stdin_filename: str | None,
) -> int:
    """Report repeated get-or-create calls and clear-then-insert sequences.

    The whole project is analysed; PATHs choose what is reported. "-" reads standard input.

    Exit code: 0 nothing found, 1 findings, 2 the job could not be done.
    """
    source = stdin_name(paths, stdin_filename)
    adoption.agree(source, to_files=output.to_files)

    def once() -> int:
        settings, chosen = scope(paths, source, wanted, project)
        return _run(chosen, source, known.settings(settings), output, adoption, project)

    def watched() -> tuple[Path, tuple[Path, ...]]:
        settings = known.settings(scope(paths, source, wanted, project)[0])
        return settings.root, api.watched(settings)

    if adoption.watch:
        from session_lint.cli.watch import repeat  # for this alone

        repeat(once, watched)
    return once()


def _run(
    paths: tuple[str, ...] | None,
    source: str | None,
    settings: Settings,
    output: OutputOptions,
    adoption: AdoptionOptions,
    project: ProjectOptions,
) -> int:
    if output.show_files:
        emit(list_files(paths, settings), output.output_file)
        return ExitCode.CLEAN
    outputs = output.outputs()
    edits = outputs.show_edits(stream=not output.lists)
    with progress.shown(quiet=output.quiet) as bar:
        options = replace(project.run_options(), show_unresolved=output.show_unresolved, edits=edits, progress=bar)
        report = _report(paths, source, settings, options, adoption.diff_base)
    warn_of(report, outputs.look)
    if adoption.add_noqa is not None:
        return add_noqa(report, adoption.add_noqa, quiet=output.quiet)
    shown = listed(report, output, outputs.look, people=outputs.for_people)
    text = outputs.text(report) if shown is None else shown
    outputs.write_files(report, stream=shown is None)
    emit(text, output.output_file)
    return api.exit_code(report, exit_zero=output.exit_zero)


def _report(paths: tuple[str, ...] | None, source: str | None, settings: Settings, options: api.RunOptions, diff_base: str) -> Report:
    if source == STDIN:
        return api.check_source(read_stdin(), settings=settings, edits=options.edits)
    if paths is None:  # every one is excluded
        return Report(findings=())
    overlay = {} if source is None else {inside(source, settings): read_stdin()}
    return api.check_paths(paths, settings=settings, options=replace(options, overlay=overlay), diff_base=diff_base)
