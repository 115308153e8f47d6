"""`session-service sweep`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from session_service import migrator
from session_service.cli import DONE, configured, database_option
from session_service.errors import MigrationNotApplied
from session_service.settings import Settings
from session_service.urls import shown


@click.command("sweep")
@database_option
def command(database: str | None) -> int:
    """End the sessions that nobody came back to, and forget old idempotency keys.

    Made to be run again and again, for example by cron. It may run beside the service and beside itself: a session in use is left
    alone. With a metrics directory in the settings what it ended is counted with what the service counts.
    """
    settings = configured(database)
    found = migrator.state(settings.database_url)  # never migrated from here: in a wrong directory that would make a database
    if not found.ready:
        why = f"nothing was swept in {shown(settings.database_url)}: {migrator.explain(found)}"
        raise MigrationNotApplied(f"{why} Run `session-service migrate`, or name another --database.")
    ended = asyncio.run(_swept(settings))
    click.echo(f"{ended} session{'' if ended == 1 else 's'} ended.")
    return DONE


async def _swept(settings: Settings) -> int:
    if settings.metrics_dir and Path(settings.metrics_dir).is_dir():
        # the client reads this once, when it is imported: hence the imports below. The directory is the service's, not to be cleared
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = settings.metrics_dir
    from session_service.clock import DatabaseClock
    from session_service.engine import connect
    from session_service.idempotency import KEPT, Idempotency
    from session_service.metrics import Metrics
    from session_service.sweeper import Sweeper
    from session_service.unit_of_work import UnitOfWork

    store = connect(settings.database_url, 1)
    try:
        metrics = Metrics()
        work = UnitOfWork(store, metrics, settings.retry_budget)
        clock = DatabaseClock()
        await clock.set_by(work)
        ended = await Sweeper(work, metrics, settings.policy, clock, batch=settings.sweep_batch).sweep()
        await Idempotency(work, metrics, clock).forget(clock() - KEPT, settings.sweep_batch)
        return ended
    finally:
        await store.close()
