"""`session-service serve`: the HTTP service."""

from __future__ import annotations

import ipaddress
import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace

import click
import uvicorn

from session_service import logs, migrator, settings
from session_service.cli import DONE, FAILED, configured
from session_service.errors import InvalidInput
from session_service.metrics import share
from session_service.settings import PREFIX, Settings

_GRACE = 10  # seconds that requests under way have when the service is told to stop


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help=f"Where to listen. Default: {PREFIX}HOST, else {settings.Settings().host}.")
@click.option("--port", type=click.IntRange(1, 65535), help=f"Default: {PREFIX}PORT, else {settings.Settings().port}.")
@click.option("--workers", type=click.IntRange(1, settings.MOST_WORKERS), help=f"Processes. Default: {PREFIX}WORKERS, else 1.")
@click.option(
    "--database", "--database-url", "database", metavar="URL", help=f"Default: {PREFIX}DATABASE_URL, else {settings.DEFAULT_URL}."
)
@click.option("--migrate", is_flag=True, help="Bring the schema of a PostgreSQL database up to date first. For SQLite that is always done.")
def command(host: str | None, port: int | None, workers: int | None, database: str | None, *, migrate: bool) -> int:
    """Answer messages over HTTP.

    Without any setting: an SQLite file in this directory, on 127.0.0.1:8000, with users made on their first message and a demonstration
    project for each. To be reached from other machines it needs SESSION_SERVICE_TOKENS. The interface is described at /docs.
    """
    found = configured(database)
    listen = found.host if host is None else settings.host(host)
    found = replace(found, host=listen, port=port or found.port, workers=workers or found.workers)
    if not found.tokens and not _local(found.host):
        raise InvalidInput(f"to be reached at {found.host} the service needs {PREFIX}TOKENS: one or more secrets, separated by commas")
    logs.configure(found.log_level)
    migrator.ensure(found.database_url, migrate=migrate)
    with ExitStack() as stack:
        directory = found.metrics_dir
        if found.workers > 1 and not directory:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="session-service-metrics-"))
        if directory:
            _share(directory)
        _hand_over(replace(found, metrics_dir=directory))
        return _run(found)


def _run(found: Settings) -> int:
    try:
        uvicorn.run(
            "session_service.app:from_environment",
            factory=True,
            host=found.host,
            port=found.port,
            workers=found.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
    except SystemExit as error:
        if error.code:
            said = f"the service could not start at {found.host} port {found.port}; the log says why"
            click.echo(f"error: {said}. Another place: --host, --port, or {PREFIX}HOST, {PREFIX}PORT", err=True)
            return FAILED
    return DONE


def _share(directory: str) -> None:
    try:
        share(directory)
    except BlockingIOError:
        raise InvalidInput(f"{PREFIX}METRICS_DIR is {directory!r}, where another service counts; name one for this alone") from None
    except OSError as error:
        raise InvalidInput(f"{PREFIX}METRICS_DIR is {directory!r}, where nothing can be written: {error.strerror}") from error


def _hand_over(found: Settings) -> None:
    """Workers are new processes: they read from the environment what this one was told by options."""
    told = {
        "DATABASE_URL": found.database_url,
        "HOST": found.host,
        "PORT": str(found.port),
        "WORKERS": str(found.workers),
        "METRICS_DIR": found.metrics_dir,
        "DEMO": "yes" if found.demo else "no",
    }
    os.environ.update({PREFIX + name: value for name, value in told.items()})


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
