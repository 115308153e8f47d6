"""`session-lint fix`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

import click

from session_lint import api
from session_lint.cli.adoption_options import BaselineOptions, baseline_options
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
from session_lint.cli.command import bundle, emit, paths_argument, read_stdin, say
from session_lint.cli.outputs import Outputs
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode, SessionLintError
from session_lint.facts.finding import Finding, Fix, Report
from session_lint.facts.repair import Change, Repair
from session_lint.reporting.reporter import Style, more, outlook, printable
from session_lint.runtime import progress
from session_lint.settings.settings import Settings

_ANSWERS = {"y": "repair", "n": "leave", "a": "repair all", "q": "leave all that follow"}


@dataclass(frozen=True, slots=True)
class RepairOptions:
    """Which repairs, and what is done with them."""

    diff: bool
    unsafe_fixes: bool
    interactive: bool


_repair_options = bundle(
    "repairs",
    RepairOptions,
    click.option("--diff", is_flag=True, help="Write no file; print what would change, for `git apply`."),
    click.option("--unsafe-fixes", is_flag=True, help="Make the repairs too that may change behaviour."),
    click.option("--interactive", is_flag=True, help="Show each repair, and ask whether to make it."),
)


@click.command("fix", short_help="Repair what `check` reports.")
@paths_argument
@_repair_options
@rule_options
@output_options
@baseline_options
@project_options
@stdin_option
def command(
    *,
    paths: tuple[str, ...],
    repairs: RepairOptions,
    wanted: RuleOptions,
    output: OutputOptions,
    known: BaselineOptions,
    project: ProjectOptions,
    stdin_filename: str | None,
) -> int:
    """Repair what `check` reports, over as many files as it takes; all are written, or none.

    The whole project is analysed; PATHs choose whose findings are repaired. "-" reads standard input and prints the repaired text.

    Exit code: 0 nothing left, 1 findings left or, with --diff, changes to make, 2 the job could not be done.
    """
    source = stdin_name(paths, stdin_filename)
    if repairs.interactive and source is not None:
        raise click.UsageError("--interactive asks on standard input, which cannot be the source as well.")
    settings, chosen = scope(paths, source, wanted, project)
    settings = known.settings(settings)
    if output.show_files:
        emit(list_files(chosen, settings), output.output_file)
        return ExitCode.CLEAN
    outputs = output.outputs()
    look = outputs.look
    data = read_stdin() if source is not None else b""
    outcome = _repaired(chosen, settings, project, repairs, output, _Asker(look) if repairs.interactive else None, source, data)
    warn_of(outcome.left, look)
    outputs = outputs.linked(outcome.left, settings, use_cache=not project.no_cache)
    _show(outcome, repairs, output, outputs, data if source is not None else None)
    return api.exit_code_of_fix(outcome, written=not repairs.diff, exit_zero=output.exit_zero)


def _repaired(
    paths: tuple[str, ...] | None,
    settings: Settings,
    project: ProjectOptions,
    repairs: RepairOptions,
    output: OutputOptions,
    asker: _Asker | None,
    source: str | None,
    data: bytes,
) -> Repair:
    fixing = api.FixOptions(unsafe=repairs.unsafe_fixes, choose=asker)
    if source == STDIN:
        return api.fix_source(data, settings=settings, fixing=fixing)
    if paths is None:  # every one is excluded
        return Repair((), Report((), repaired=()))
    overlay = {} if source is None else {inside(source, settings): data}
    if source is not None:
        fixing = replace(fixing, within=frozenset(overlay))
    with progress.shown(quiet=output.quiet or repairs.interactive) as bar:
        options = replace(project.run_options(), show_unresolved=output.show_unresolved, overlay=overlay, progress=bar)
        return api.fix_paths(paths, settings=settings, options=options, fixing=fixing, write=source is None and not repairs.diff)


def _show(outcome: Repair, repairs: RepairOptions, output: OutputOptions, outputs: Outputs, source: bytes | None) -> None:
    """What was done and what is left; on standard error where standard output is for the repaired text or the diff."""
    left = outcome.left
    shown = listed(left, output, outputs.look, people=outputs.for_people)
    text = outputs.text(left) if shown is None else shown
    outputs.write_files(left, stream=shown is None and not repairs.diff)
    if repairs.diff:
        emit(api.diff(outcome.changes, left.root), output.output_file)
        if not output.quiet:
            say("\n".join((_would(outcome), *_left(left))))
    elif source is not None:
        emit(outcome.changes[0].after if outcome.changes else source)
        if output.output_file is not None:
            emit(text, output.output_file)
        elif text:
            say(text.removesuffix("\n"))
    else:
        emit(text, output.output_file)


def _would(outcome: Repair) -> str:
    count, left = len(outcome.repaired), len(outcome.left.findings)
    if not count:
        return "Nothing to repair." if not left else f"No repair to make; {_number(left, 'finding')} left.{more(outcome.left)}"
    where = _number(len(outcome.changes), "file")
    return f"Would repair {_number(count, 'finding')} in {where}; {left or 'none'} would be left.{more(outcome.left)}"


def _left(report: Report) -> Iterator[str]:
    """Why the rest stays, a line each."""
    for finding in report.findings:
        label, text = outlook(report, finding)
        yield f"{finding.place.path}:{finding.place.span.row}: {finding.code} {label}: {text}"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


class _Asker:
    """Shows each repair on standard error and asks for a letter."""

    def __init__(self, look: Style) -> None:
        self._look = look
        self._settled: bool | None = None

    def __call__(self, finding: Finding, fix: Fix, changes: tuple[Change, ...]) -> bool:
        if self._settled is not None:
            return self._settled
        span = finding.place.span
        say(f"{finding.place.path}:{span.row}:{span.column}: {finding.code} [{finding.name}] {printable(finding.message)}")
        say(f"{fix.applicability.value}: {printable(fix.message)}")
        say(api.diff(changes, "").decode("utf-8", "backslashreplace").removesuffix("\n"))
        answer = _asked()
        if answer in "aq":
            self._settled = answer == "a"
        return answer in "ya"


def _asked() -> str:
    """One of the letters. Raises SessionLintError when nobody is there to answer."""
    words = ", ".join(f"{letter} {meaning}" for letter, meaning in _ANSWERS.items())
    while True:
        say(f"Make this repair? ({words})")  # not by click, which would put a blank on standard output
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            raise SessionLintError("--interactive needs an answer, and standard input is at its end; nothing was written")
        answer = line.strip().lower()[:1]
        if answer in _ANSWERS:
            return answer
