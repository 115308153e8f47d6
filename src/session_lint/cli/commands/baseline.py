"""`session-lint baseline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.adoption_options import BASELINE_FILE
from session_lint.cli.check_options import RuleOptions, rule_options, scope, warn_of
from session_lint.cli.command import emit, paths_argument, style
from session_lint.cli.project_options import ProjectOptions, project_options
from session_lint.errors import ExitCode, SessionLintError
from session_lint.facts.finding import Report
from session_lint.facts.known import Compared
from session_lint.reporting.reporter import Style, printable, shown


@click.command("baseline", short_help="Keep the file of known findings.")
@click.argument("action", type=click.Choice(["write", "check", "prune"]))
@paths_argument
@click.option("--baseline", "file", type=BASELINE_FILE, metavar="FILE", help="The baseline, in place of the configured one.")
@click.option("--update", is_flag=True, help="With write: take new findings into a baseline that exists.")
@rule_options
@project_options
def command(*, action: str, paths: tuple[str, ...], file: Path | None, update: bool, wanted: RuleOptions, project: ProjectOptions) -> int:
    """Keep the file of known findings, which `check` does not report.

    "write" makes the file; into one that exists it takes new findings only with --update, and names them. "check" compares the file
    with the project. "prune" takes out what is gone and puts nothing in. With PATHs, what is known of other files stays as it is.

    Exit code: 0 done, or up to date; 1 "check" found new findings, or known ones gone; 2 the job could not be done.
    """
    if update and action != "write":
        raise click.UsageError("--update goes with write.")
    settings, chosen = scope(paths, None, wanted, project)
    target = file.absolute() if file is not None else settings.baseline or settings.root / api.BASELINE_FILE
    if chosen is None:
        emit("Every path is excluded: nothing to do.\n")
        return ExitCode.CLEAN
    fresh = action == "write" and not target.exists()
    report = api.check_paths(chosen, settings=replace(settings, baseline=None if fresh else target), options=project.run_options())
    look = style("auto", output_file=None, quiet=False)
    warn_of(report, look)
    emit("" if fresh else _changes(report, look))
    if action == "check":
        return _checked(target, report)
    if report.notices:
        raise SessionLintError(f"{target} was not written: some files could not be analysed")
    if action == "write" and not fresh and report.findings and not update:
        raise SessionLintError(f"{target} was not written: it lacks {_count(report.findings)}; `baseline write --update` takes them in")
    emit(_written(target, report, add=action == "write"))
    if action == "write" and settings.baseline is None and file is None and project.config is None and not project.isolated:
        emit(_named(settings.root, target.name))
    return ExitCode.CLEAN


def _changes(report: Report, look: Style) -> str:
    lines = []
    for one in report.findings:
        span = one.place.span
        lines.append(f"new: {shown(report, one.place.path, look)}:{span.row}:{span.column}: {one.code} [{one.name}] {one.message}")
    lines += [f"gone: {entry}" for entry in (report.baseline or Compared()).gone]
    return "".join(f"{printable(line)}\n" for line in lines)


def _checked(target: Path, report: Report) -> int:
    same = not report.findings and not (report.baseline or Compared()).gone
    if report.notices:
        emit(f"{target} could not be compared with all of the project.\n")
        return ExitCode.FAILED
    emit(f"{target} is {'up to date' if same else 'out of date'}.\n")
    return ExitCode.CLEAN if same else ExitCode.FINDINGS


def _named(root: Path, name: str) -> str:
    """Writes the setting that makes `check` use the file; or tells what to write."""
    line = f'baseline = "{name}"'
    try:
        file = api.add_setting(root, line)
    except SessionLintError as error:
        return f"To use it, add to [tool.session-lint] in pyproject.toml: {line} ({error})\n"
    return f"Added {line} to {file}.\n"


def _written(target: Path, report: Report, *, add: bool) -> str:
    """Writes the file, unless it says the same already; and what to tell of it."""
    text = api.baseline_text(report, add=add)
    if target.exists() and target.read_bytes() == text.encode("utf-8", "backslashreplace"):
        return f"{target} is up to date.\n"
    emit(text, target)
    added, gone = len(report.findings) if add else 0, report.baseline.gone_count if report.baseline is not None else 0
    return f"Wrote {target}: {added} added, {gone} removed.\n"


def _count(findings: Sequence[object]) -> str:
    return f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
