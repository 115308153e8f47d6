"""The options of the commands that show findings: which rules, what is shown and how; and what standard input stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from session_lint import api
from session_lint.cli.command import Decorator, bundle, completed, names, say, warn
from session_lint.cli.outputs import FormatType, Outputs, outputs
from session_lint.cli.project_options import ProjectOptions
from session_lint.errors import SessionLintError
from session_lint.facts.finding import Confidence, Report
from session_lint.reporting import listing, silence
from session_lint.reporting.reporter import Style, printable
from session_lint.settings.settings import Selectors, Settings

STDIN = "-"
_OF_GETTERS = "ONE1"  # how the codes of the rules about getters begin
_FORMAT = FormatType()


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """Which rules, and how sure they have to be."""

    select: tuple[str, ...] | None
    extend_select: tuple[str, ...] | None
    ignore: tuple[str, ...] | None
    min_confidence: str | None


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What is shown, how and where."""

    output_format: tuple[str, ...]
    output_file: Path | None
    color: str
    quiet: bool
    verbose: bool
    show_files: bool
    show_unresolved: bool
    statistics: bool
    exit_zero: bool

    @property
    def lists(self) -> bool:
        """Whether a listing takes the place of the findings."""
        return self.show_unresolved or self.statistics

    @property
    def to_files(self) -> bool:
        """Whether a report is to be written to a file."""
        return self.output_file is not None or any(":" in chosen for chosen in self.output_format)

    def outputs(self) -> Outputs:
        """Where the report goes. Raises UsageError or SessionLintError when it cannot go there."""
        return outputs(self.output_format, self.output_file, color=self.color, quiet=self.quiet, verbose=self.verbose)


_RULES = completed(api.rule_words)
rule_options: Decorator = bundle(
    "wanted",
    RuleOptions,
    names("--select", help="Rules to run: codes, prefixes, names or ALL. In place of the configured ones.", complete=_RULES),
    names("--extend-select", help="Rules to run besides those selected.", complete=_RULES),
    names("--ignore", help="Rules not to run.", complete=_RULES),
    click.option(
        "--min-confidence",
        type=click.Choice([one.value for one in (Confidence.LIKELY, Confidence.CERTAIN)]),
        help="What a finding has to be to be reported; likely when neither this nor the settings say so.",
    ),
)
output_options: Decorator = bundle(
    "output",
    OutputOptions,
    click.option(
        "--output-format",
        type=_FORMAT,
        multiple=True,
        default=["full"],
        show_default=True,
        metavar=f"[{'|'.join(_FORMAT.choices)}][:FILE]",
        help="How to print; with :FILE to that file. May be repeated, each with its own file but one.",
    ),
    click.option("--output-file", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Print to this file."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True, help="When to use colours."),
    click.option("--quiet", "-q", is_flag=True, help="Print findings only, no summary."),
    click.option(
        "--verbose",
        "-v",
        is_flag=True,
        help="Tell the root, the settings and the time; and of each finding why its two halves belong together.",
    ),
    click.option("--show-files", is_flag=True, help="List the files that would be checked, and stop."),
    click.option("--show-unresolved", is_flag=True, help="List the calls that could not be resolved, by reason, in place of findings."),
    click.option("--statistics", is_flag=True, help="Count findings per rule in place of listing them."),
    click.option("--exit-zero", "-e", is_flag=True, help="Exit with 0 even when there are findings."),
)
stdin_option: Decorator = click.option("--stdin-filename", metavar="PATH", help="The file that the text on standard input stands for.")


def stdin_name(paths: tuple[str, ...], filename: str | None) -> str | None:
    """The file that standard input stands for, "-" when it has no name, None when standard input is not to be read."""
    if filename is None and STDIN not in paths:
        return None
    if any(path != STDIN for path in paths):
        raise click.UsageError('"-" and --stdin-filename cannot be combined with other paths.')
    return filename if filename is not None else STDIN


def scope(
    paths: tuple[str, ...], source: str | None, wanted: RuleOptions, project: ProjectOptions
) -> tuple[Settings, tuple[str, ...] | None]:
    """The settings, and the paths to report on: none given means the current directory, None that every one is excluded.

    `source` is what `stdin_name` says.
    """
    asked = paths if source is None else (source,) if source != STDIN else ()
    selectors = Selectors(select=wanted.select, extend_select=wanted.extend_select or (), ignore=wanted.ignore or ())
    settings = project.settings(asked, selectors)
    if wanted.min_confidence is not None:
        settings = replace(settings, min_confidence=Confidence(wanted.min_confidence))
    kept = project.kept(asked, settings)
    return settings, kept if kept or not asked else None


def list_files(paths: tuple[str, ...] | None, settings: Settings) -> str:
    """The files that a run would report on, a line each."""
    files = () if paths is None else api.list_files(paths, settings=settings)
    return "".join(f"{settings.root / file}\n" for file in files)


def inside(filename: str, settings: Settings) -> str:
    """The file's path in the project. The file itself need not exist yet. Raises SessionLintError for one outside."""
    full = Path(filename).resolve()
    if not full.is_relative_to(settings.root):
        raise SessionLintError(f"{filename}: lies outside the project root {settings.root}")
    return full.relative_to(settings.root).as_posix()


def warn_of(report: Report, look: Style) -> None:
    """What could not be analysed, on standard error; and that there was nothing to analyse."""
    warn(report, look)
    if look.summary and any(notice.message.startswith("cannot be parsed") for notice in report.notices):
        say("If such a file is a template, and no Python: `extend-exclude` in [tool.session-lint], or --extend-exclude leaves it out.")
    if not report.files and not report.notices:
        say("warning: no Python files found under the given paths")


def doubt(report: Report, look: Style, settings: Settings) -> None:
    """Why finding nothing may mean little, on standard error, unless it is to be quiet."""
    getters = settings.enabled is None or any(code.startswith(_OF_GETTERS) for code in settings.enabled)
    for doubt in silence.doubts(report, getters=getters) if look.summary else ():
        say(f"warning: {printable(doubt)}")


def say_run(settings: Settings, report: Report, seconds: float) -> None:
    """Which project was read by which settings, and how long that took, on standard error."""
    rules = "all rules" if settings.enabled is None else f"{len(settings.enabled)} rules: {', '.join(settings.enabled)}"
    say(f"root: {settings.root}")
    say(f"settings: {settings.source or 'none found: the defaults'}")
    say(f"rules: {rules}")
    say(f"cache: {settings.cache_directory}")
    say(f"files: {len(report.files):,} reported on, {report.seen.files if report.seen is not None else 0:,} read")
    say(f"time: {seconds:.2f} s")


def listed(report: Report, output: OutputOptions, look: Style, *, people: bool) -> str | None:
    """What is asked for in place of the findings; None when it is the findings."""
    if output.show_unresolved:
        return listing.unresolved(report, look) if people else listing.unresolved_json(report)
    if output.statistics:
        return listing.statistics(report, look) if people else listing.statistics_json(report)
    return None
