"""`session-lint audit`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from session_lint.audit import record, table
from session_lint.audit.examining import How
from session_lint.audit.record import Audit, Examined, Target
from session_lint.audit.targets import targets
from session_lint.cli.command import emit, say
from session_lint.errors import ExitCode

_FORMATS: dict[str, Callable[[Audit], str]] = {"full": table.text, "html": table.page, "json": record.text}
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("audit", short_help="Check many projects, and compare with the last time.")
@click.argument("places", nargs=-1, required=True, metavar="DIR|LIST...", type=click.Path(path_type=Path))
@click.option("--since", type=_FILE, metavar="FILE", help="The JSON of an earlier audit: what is new since, and what is gone, is shown.")
@click.option("--scheduler", metavar="ADDRESS", help="Use the Dask cluster whose scheduler is there: tcp://host:8786, say.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=600, show_default=True, help="Seconds for one project.")
@click.option("--output-format", type=click.Choice(sorted(_FORMATS)), default="full", show_default=True, help="How to print.")
@click.option("--output-file", "-o", type=_FILE, metavar="FILE", help="Print to this file.")
@click.option("--exit-zero", "-e", is_flag=True, help="Exit with 0 even when there are findings.")
@click.option("--no-cache", "-n", is_flag=True, help="Neither read nor write the caches of the projects.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Projects at a time; one for each core when not given.")
def command(
    *,
    places: tuple[Path, ...],
    since: Path | None,
    scheduler: str | None,
    timeout: float,
    output_format: str,
    output_file: Path | None,
    exit_zero: bool,
    no_cache: bool,
    jobs: int | None,
) -> int:
    """Check every project below a DIR, or every one in a LIST (a text file, a folder a line), each with its own settings.

    A project is a folder with a pyproject.toml, setup.cfg, setup.py or .git; a DIR that is one itself stands for itself. Each runs in a
    process of its own, so that one that fails is named and stops none of the others.

    Exit code: 0 nothing found, 1 findings, 2 a project, or a file of one, could not be looked at.
    """
    if scheduler is not None and jobs is not None:
        raise click.UsageError("--jobs is about this machine; with --scheduler the cluster's workers say how many run at a time.")
    before = record.read(since) if since is not None else None
    wanted = targets(places)
    found = sorted(_told(_examined(wanted, How(timeout, not no_cache), scheduler, jobs), len(wanted)), key=lambda one: one.name)
    audit = Audit(tuple(found), before)
    emit(_FORMATS[output_format](audit), output_file)
    if audit.failed:
        return ExitCode.FAILED
    return ExitCode.FINDINGS if audit.total and not exit_zero else ExitCode.CLEAN


def _examined(wanted: Sequence[Target], how: How, scheduler: str | None, jobs: int | None) -> Iterator[Examined]:
    if scheduler is not None:
        from session_lint.audit import cluster  # for this alone

        return cluster.examined(wanted, how, scheduler)
    from session_lint.audit import processes

    return processes.examined(wanted, how, jobs)


def _told(examined: Iterator[Examined], count: int) -> Iterator[Examined]:
    """Tells a person who waits how far it is."""
    for number, one in enumerate(examined, 1):
        if sys.stderr is not None and sys.stderr.isatty():
            say(f"{number}/{count} {one.name}{': failed' if one.failure else ''}")
        yield one
