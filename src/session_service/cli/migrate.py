"""`session-service migrate`."""

from __future__ import annotations

import click

from session_service import migrator
from session_service.cli import DONE, NO, configured, database_option
from session_service.errors import InvalidInput
from session_service.migrator import Moved, Patience

_USUAL = Patience()


@click.command()
@database_option
@click.option("--to", metavar="REV", help="Apply up to this revision, not up to the newest.")
@click.option("--down", metavar="REV", help="Take back what came after this revision. Data stays.")
@click.option("--force", is_flag=True, help="With --down: also below what this release runs on. Stop every service first.")
@click.option("--check", is_flag=True, help="Only say whether the schema is up to date; exit code 1 when it is not.")
@click.option("--sql", is_flag=True, help="Print the SQL instead, one transaction, for a database one cannot connect to.")
@click.option("--from", "start", metavar="REV", help="With --sql: the revision the database is at; without it, it is empty.")
@click.option(
    "--lock-timeout", type=click.FloatRange(min=0.001), default=_USUAL.lock, show_default=True, help="Seconds to wait for a table."
)
@click.option("--wait", type=click.FloatRange(min=0), default=_USUAL.total, show_default=True, help="Seconds to wait in all.")
def command(
    database: str | None,
    to: str | None,
    down: str | None,
    start: str | None,
    *,
    force: bool,
    check: bool,
    sql: bool,
    lock_timeout: float,
    wait: float,
) -> int:
    """Bring the database schema up to date.

    Any number of processes may do it at once: one migrates, the others wait. All of it is applied or none, and the exit code is 2
    with an instruction when it could not be.
    """
    _refuse_contradictions(to=to, down=down, check=check, sql=sql, start=start)
    if down is not None and not (force or sql):
        migrator.must_not_be_needed(down)
    url = configured(database).database_url
    patience = Patience(lock_timeout, wait)
    if sql:
        click.echo(migrator.script(url, down or to, start, patience), nl=False)
        return DONE
    if check:
        found = migrator.state(url)
        click.echo(migrator.explain(found))
        return DONE if found.ready else NO
    click.echo(_said(migrator.upgrade(url, to, patience) if down is None else migrator.downgrade(url, down, patience)))
    return DONE


def _refuse_contradictions(*, to: str | None, down: str | None, check: bool, sql: bool, start: str | None) -> None:
    if sum((to is not None, down is not None, check)) > 1:
        raise InvalidInput("--to, --down and --check exclude each other")
    if check and sql:
        raise InvalidInput("--check asks the database; --sql does not connect to one")
    if start is not None and not sql:
        raise InvalidInput("--from is for --sql; a database that can be reached says itself where it is")
    if down is not None and sql and start is None:
        raise InvalidInput("--down with --sql needs --from: the revision the database is at")


def _said(moved: Moved) -> str:
    if moved.before == moved.after:
        return f"The schema is at {moved.after}; nothing to do."
    return f"The schema went from {moved.before or 'nothing'} to {moved.after}."
