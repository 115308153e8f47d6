"""The options that let a project start with the findings it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import Decorator, bundle, emit
from session_lint.facts.finding import Report
from session_lint.settings.settings import Settings

BASELINE_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class BaselineOptions:
    """Which findings count as known."""

    baseline: Path | None
    no_baseline: bool
    report_unused_suppressions: bool

    def settings(self, settings: Settings) -> Settings:
        """The settings with what the command line says of the baseline and of comments."""
        if self.baseline is not None and self.no_baseline:
            raise click.UsageError("--baseline and --no-baseline cannot be combined.")
        chosen = None if self.no_baseline else self.baseline.absolute() if self.baseline else settings.baseline
        unused = self.report_unused_suppressions or settings.report_unused_suppressions
        return replace(settings, baseline=chosen, report_unused_suppressions=unused)


baseline_options: Decorator = bundle(
    "known",
    BaselineOptions,
    click.option("--baseline", type=BASELINE_FILE, metavar="FILE", help="Hide the findings that this file holds."),
    click.option("--no-baseline", is_flag=True, help="Show the findings of the baseline too."),
    click.option("--report-unused-suppressions", is_flag=True, help="Report comments that suppress nothing, too."),
)


class EqualsCommand(click.Command):
    """A command on which `--add-noqa` stands alone, or with a value behind "=": a path that follows is no value of it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, ["--add-noqa=" if arg == "--add-noqa" and at < end else arg for at, arg in enumerate(args)])


@dataclass(frozen=True, slots=True)
class AdoptionOptions:
    """What `check` does with the findings there are, besides showing them."""

    diff_base: str
    add_noqa: str | None
    watch: bool

    @property
    def asked(self) -> bool:
        """Whether any of this is to be done."""
        return bool(self.diff_base) or self.add_noqa is not None or self.watch

    def agree(self, source: str | None, *, to_files: bool) -> None:
        """Raises UsageError for options that cannot go together. `source` is the file that standard input stands for, if so; `to_files`
        says that a report is to be written."""
        if source is not None and (self.watch or self.add_noqa is not None):
            raise click.UsageError("--add-noqa and --watch are about files; they cannot be combined with standard input.")
        if self.add_noqa is None:
            return
        if self.watch:
            raise click.UsageError("--add-noqa and --watch cannot be combined.")
        if to_files:
            raise click.UsageError("--add-noqa puts comments in place of a report; it cannot be combined with a file for one.")
        if not "".join(self.add_noqa.splitlines()) == self.add_noqa:
            raise click.UsageError("the reason of --add-noqa must be on one line.")


adoption_options: Decorator = bundle(
    "adoption",
    AdoptionOptions,
    click.option("--diff-base", default="", metavar="REV", help="Report only what is new since this revision; REV...: since HEAD left it."),
    click.option("--add-noqa", metavar="[=REASON]", help="Put a noqa comment on the line of each finding, and stop."),
    click.option("--watch", is_flag=True, help="Run again whenever a file changes, until interrupted."),
)


def add_noqa(report: Report, reason: str, *, quiet: bool) -> int:
    """Puts the comments, and says how many."""
    changes = api.add_noqa(report, reason)
    count = len({(one.place.path, one.place.span.row) for one in report.findings})
    if not quiet:
        emit(f"Added {count} noqa comment{'' if count == 1 else 's'} in {len(changes)} file{'' if len(changes) == 1 else 's'}.\n")
    return api.exit_code(report, exit_zero=True)
