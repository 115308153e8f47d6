"""Where the report goes, in which formats: one to standard output, any number to files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from session_lint import api, registry
from session_lint.cli import hyperlinks
from session_lint.cli.command import emit, say, style
from session_lint.errors import SessionLintError
from session_lint.facts.finding import Applicability, Finding, Fix, Report
from session_lint.reporting import reporters
from session_lint.reporting.reporter import Reporter, Style
from session_lint.settings.settings import Settings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class FormatType(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in newer releases of click
    """An output format of the room, maybe with the file it goes to: `FORMAT` or `FORMAT:FILE`."""

    name = "format"

    def __init__(self) -> None:
        self.choices = registry.stems(reporters)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text as it is. Fails for a format that is not there, and names the nearest."""
        chosen, colon, file = value.partition(":")
        if chosen not in self.choices:
            import difflib  # only for a mistake

            close = difflib.get_close_matches(chosen.lower(), self.choices, n=1)
            hint = f"Did you mean {close[0]!r}? " if close else ""
            self.fail(f"{chosen!r} is no output format. {hint}Choose from {', '.join(self.choices)}.", param, ctx)
        if colon and not file:
            self.fail(f"{value!r} names no file after the colon.", param, ctx)
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The formats that begin so."""
        from click.shell_completion import CompletionItem  # only to complete

        del ctx, param  # the same everywhere
        return [CompletionItem(choice) for choice in self.choices if choice.startswith(incomplete)]


@dataclass(frozen=True, slots=True)
class Output:
    """One format, and the file of its own that it goes to, if any."""

    reporter: Reporter
    file: Path | None

    def render(self, report: Report, look: Style) -> str:
        """The report in this format, as it is when this is the only one."""
        wanted = report if self.reporter.shows_edits else _advised(report)
        return self.reporter.render(api.with_rules(wanted) if self.reporter.lists_rules else wanted, look)


@dataclass(frozen=True, slots=True)
class Outputs:
    """`stream` is what goes to standard output, or to `stream_file`: None when every format has a file of its own."""

    stream: Output | None
    files: tuple[Output, ...]
    stream_file: Path | None
    color: str
    quiet: bool
    verbose: bool = False
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def look(self) -> Style:
        """How the stream is rendered."""
        return replace(style(self.color, output_file=self.stream_file, quiet=self.quiet), verbose=self.verbose, pages=self.pages)

    def linked(self, report: Report, settings: Settings, *, use_cache: bool) -> Outputs:
        """The same, where codes lead to the pages of their rules, if a person reads the stream in a terminal that follows links."""
        if not self.for_people:
            return self
        return replace(self, pages=hyperlinks.pages(report, settings, terminal=self.look.width > 0, use_cache=use_cache))

    @property
    def for_people(self) -> bool:
        """Whether a person reads the stream."""
        return self.stream is None or self.stream.reporter.for_people

    def show_edits(self, *, stream: bool) -> bool:
        """Whether a format shows edits, so that they are to be worked out. `stream` False: something else takes the stream's place."""
        return any(output.reporter.shows_edits for output in self._rendered(stream=stream))

    def text(self, report: Report) -> str:
        """The report as it goes to the stream; "" when every format has a file."""
        return self.stream.render(report, self.look) if self.stream is not None else ""

    def write_files(self, report: Report, *, stream: bool) -> None:
        """Writes the formats that have files, each file whole or not at all, and adds to the files that formats add to.

        Raises SessionLintError for one that cannot be written.
        """
        texts = []
        for output in self.files:
            look = replace(style(self.color, output_file=output.file, quiet=self.quiet), verbose=self.verbose)
            texts.append((output.file, output.render(report, look)))
        for file, text in texts:
            emit(text, file)
        for output in self._rendered(stream=stream):
            self._add(output.reporter, report)

    def _rendered(self, *, stream: bool) -> tuple[Output, ...]:
        return (self.stream, *self.files) if stream and self.stream is not None else self.files

    def _add(self, reporter: Reporter, report: Report) -> None:
        target = os.environ.get(reporter.appends_to) if reporter.appends_to else None
        if not target:
            return
        try:
            with Path(target).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(reporter.appendix(report))
        except OSError as error:  # an extra: what was asked for is there without it
            say(f"warning: cannot write to {target}, which ${reporter.appends_to} names: {error.strerror or error}")


def outputs(formats: Sequence[str], stream_file: Path | None, *, color: str, quiet: bool, verbose: bool = False) -> Outputs:
    """What `FORMAT` and `FORMAT:FILE` say. Raises UsageError when two want the same place, SessionLintError for a file that cannot be."""
    chosen = [_output(text) for text in formats]
    streams = [output for output in chosen if output.file is None]
    if len(streams) > 1:
        where = "standard output" if stream_file is None else str(stream_file)
        names = " and ".join(output.reporter.name for output in streams)
        raise click.UsageError(f"--output-format: {names} would both go to {where}; name a file: {streams[-1].reporter.name}:FILE.")
    if not streams and stream_file is not None:
        raise click.UsageError(f"--output-file {stream_file}: every --output-format has a file of its own, nothing is left for this one.")
    named = tuple(output for output in chosen if output.file is not None)
    taken: set[Path] = set()
    for file in (stream_file, *(output.file for output in named)):
        if file is not None:
            _check(file, taken)
            taken.add(file.resolve())
    return Outputs(streams[0] if streams else None, named, stream_file, color, quiet, verbose)


def _advised(report: Report) -> Report:
    """The report of a check without the edits that were worked out for another format."""
    return replace(report, findings=tuple(map(_without_edits, report.findings))) if report.repaired is None else report


def _without_edits(finding: Finding) -> Finding:
    fix = finding.fix
    return finding if fix is None or not fix.advice else replace(finding, fix=Fix(Applicability.DISPLAY, fix.advice))


def _output(text: str) -> Output:
    name, _, file = text.partition(":")
    return Output(registry.item(reporters, name, Reporter), Path(file) if file else None)  # type: ignore[type-abstract]


def _check(file: Path, taken: set[Path]) -> None:
    """Before the work, not after it."""
    if file.resolve() in taken:
        raise click.UsageError(f"--output-format: two formats would go to {file}.")
    if not file.parent.is_dir():
        raise SessionLintError(f"cannot write to {file}: {file.parent} is no directory")
    if file.is_dir():
        raise SessionLintError(f"cannot write to {file}: it is a directory")
