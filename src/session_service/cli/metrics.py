"""`session-service metrics`: the health report."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import click

from session_service import migrator, reports
from session_service.cli import DONE, NO, configured, database_option
from session_service.engine import connect
from session_service.errors import InvalidInput, MigrationNotApplied
from session_service.metrics import Metrics, shared_exposition
from session_service.reports import Summary
from session_service.settings import Settings
from session_service.unit_of_work import UnitOfWork

_TIMEOUT = 10.0  # seconds
_LARGEST = 16 * 1024 * 1024  # bytes of an answer that can be an exposition


@click.command("metrics")
@database_option
@click.option(
    "--url", metavar="URL", help="Where a running service answers, /metrics included. Default: the host and port of the settings."
)
@click.option("--directory", metavar="PATH", help="The directory that the processes of a service share, instead of asking the service.")
@click.option("--no-database", is_flag=True, help="Do not ask the database for duplicate active sessions.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="For people or programs.")
def command(database: str | None, url: str | None, directory: str | None, *, no_database: bool, output_format: str) -> int:
    """Show what was counted since the service started, and whether that is healthy.

    Reads the numbers of all processes, and asks the database which users have more than one active session. Exit code 1: not healthy.
    """
    if url is not None and directory is not None:
        raise click.UsageError("--url and --directory are two ways to read the same numbers: give one.")
    settings = configured(database)
    exposition = _exposition(settings, url, directory)
    summary = reports.summarize(exposition) if no_database else _asked(settings, exposition)
    if output_format == "json":
        click.echo(json.dumps({**asdict(summary), "reuse_ratio": summary.reuse_ratio, "healthy": summary.healthy}, indent=2))
    else:
        click.echo(reports.render(summary))
    return DONE if summary.healthy else NO


def _exposition(settings: Settings, url: str | None, directory: str | None) -> str:
    shared = directory if url is None else None
    if url is None and shared is None:
        shared = settings.metrics_dir or None
    if shared is None:
        return _scraped(url or f"http://{settings.host}:{settings.port}/metrics")
    if not Path(shared).is_dir():
        raise InvalidInput(f"there is no directory {shared}; name the one that serve was given, or use --url")
    return shared_exposition(shared).decode()


def _scraped(url: str) -> str:
    if _scheme(url) not in {"http", "https"}:
        raise InvalidInput("--url must begin with http:// or https://, for example http://127.0.0.1:8000/metrics")
    try:
        with urlopen(url, timeout=_TIMEOUT) as answer:
            text: str = answer.read(_LARGEST).decode()
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise InvalidInput(f"{url} could not be read: {error}; is the service running?") from error
    return text


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:  # an address of IPv6 that does not end
        return ""


def _asked(settings: Settings, exposition: str) -> Summary:
    found = migrator.state(settings.database_url)
    if found.current is None:
        raise MigrationNotApplied(f"{migrator.explain(found)} Run session-service migrate, or ask without the database: --no-database")
    return reports.summarize(exposition, asyncio.run(_duplicates(settings)), guarded=found.guarded)


async def _duplicates(settings: Settings) -> int:
    database = connect(settings.database_url, 1)
    try:
        return await reports.duplicates(UnitOfWork(database, Metrics(), settings.retry_budget))
    finally:
        await database.close()
