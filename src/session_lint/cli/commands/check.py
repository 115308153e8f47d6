"""`session-lint check`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import click

from session_lint import api
from session_lint.cli.adoption_options import AdoptionOptions, BaselineOptions, EqualsCommand, add_noqa, adoption_options, baseline_options
from session_lint.cli.check_options import (
    STDIN,
    OutputOptions,
    RuleOptions,
    doubt,
    inside,
    list_files,
    listed,
    output_options,
    rule_options,
    say_run,
    scope,
    stdin_name,
    stdin_option,
    warn_of,
)
from session_lint.cli.command import emit, paths_argument, read_stdin, warn
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode
from session_lint.facts.finding import Report
from session_lint.runtime import progress
from session_lint.settings.settings import Settings

_PLACE = re.compile(r"(?P<file>.+?):(?P<row>\d+)(?::\d+)?")  # a column may follow, as formats print it


class _OrFix(EqualsCommand):
    """With `--fix`, which people type who come from other linters, it is `fix`, and takes the options of that."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        end = args.index("--") if "--" in args else len(args)
        fix = parent.command.get_command(parent, "fix") if parent is not None and isinstance(parent.command, click.Group) else None
        if "--fix" not in args[:end] or fix is None:
            return super().make_context(info_name, args, parent, **extra)
        rest = [arg for at, arg in enumerate(args) if arg != "--fix" or at >= end]
        return fix.make_context("fix", rest, parent, **extra)


@click.command("check", short_help="Report repeated getters and clear-then-insert.", cls=_OrFix)
@paths_argument
@click.option(
    "--fix", is_flag=True, expose_value=False, help="Repair what is found: the same as `session-lint fix`, whose options it takes then."
)
@rule_options
@output_options
@baseline_options
@adoption_options
@project_options
@stdin_option
@click.option(
    "--explain",
    metavar="FILE:LINE",
    help="Tell why this line is reported, or what stopped it, in place of findings. Exit with 0 when it can be told.",
)
def command(
    *,
    paths: tuple[str, ...],
    wanted: RuleOptions,
    output: OutputOptions,
    known: BaselineOptions,
    adoption: AdoptionOptions,
    project: ProjectOptions,
    stdin_filename: str | None,
    explain: str | None,
) -> int:
    """Report repeated get-or-create calls and clear-then-insert sequences.

    The whole project is analysed; PATHs choose what is reported. "-" reads standard input.

    Exit code: 0 nothing found, 1 findings, 2 the job could not be done.
    """
    source = stdin_name(paths, stdin_filename)
    adoption.agree(source, to_files=output.to_files)
    if explain is not None:
        if source is not None or adoption.asked or output.show_files or output.lists:
            raise click.UsageError("--explain stands alone: it is about one line of a file, and takes the place of the findings.")
        return _explain(explain, paths, wanted, output, known, project)

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


def _explain(
    asked: str, paths: tuple[str, ...], wanted: RuleOptions, output: OutputOptions, known: BaselineOptions, project: ProjectOptions
) -> int:
    from session_lint.reporting import explanation_listing  # for this alone

    found = _PLACE.fullmatch(asked)
    if found is None or not int(found["row"]):
        raise click.UsageError(f"--explain {asked}: write a file and a line, as in app/orders.py:12.")
    settings, chosen = scope(paths or (found["file"],), None, wanted, project)
    outputs = output.outputs()
    with progress.shown(quiet=output.quiet) as bar:
        options = replace(project.run_options(), progress=bar)
        known_settings = known.settings(settings)
        explanation = api.explain(
            found["file"], int(found["row"]), chosen if paths and chosen else (), settings=known_settings, options=options
        )
    warn(Report((), explanation.notices, root=explanation.root), outputs.look)
    people = outputs.for_people
    emit(explanation_listing.full(explanation, outputs.look) if people else explanation_listing.as_json(explanation), output.output_file)
    return ExitCode.FAILED if explanation.notices else ExitCode.CLEAN


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
    began = monotonic()
    with progress.shown(quiet=output.quiet) as bar:
        options = replace(project.run_options(), show_unresolved=output.show_unresolved, edits=edits, progress=bar)
        report = _report(paths, source, settings, options, adoption.diff_base)
    warn_of(report, outputs.look)
    doubt(report, outputs.look, settings)
    if output.verbose:
        say_run(settings, report, monotonic() - began)
    if adoption.add_noqa is not None:
        return add_noqa(report, adoption.add_noqa, quiet=output.quiet)
    shown = listed(report, output, outputs.look, people=outputs.for_people)
    text = outputs.linked(report, settings, use_cache=not project.no_cache).text(report) if shown is None else shown
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
