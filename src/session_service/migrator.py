"""Runs the migrations: all or none, one process at a time, and never in silence when it could not.

Everything happens in one transaction that begins with a lock (PostgreSQL: an advisory lock; SQLite: BEGIN IMMEDIATE), so all replicas
may call this at once: the first migrates, the others wait and find nothing left to do. Alembic's table is the ledger.
The functions run an event loop of their own: call them from a thread where one is running.
"""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service import dialects, preamble
from session_service.dialect import Dialect
from session_service.engine import Database, connect
from session_service.errors import InvalidInput, MigrationNotApplied
from session_service.preamble import Patience
from session_service.schema_state import GUARDED, NEEDED, Moved, State, explain
from session_service.settings import PREFIX

__all__ = [
    "Moved",
    "Patience",
    "State",
    "downgrade",
    "ensure",
    "explain",
    "must_not_be_needed",
    "revisions",
    "script",
    "state",
    "state_of",
    "upgrade",
]

T = TypeVar("T")
_URL = f"{PREFIX}DATABASE_URL (or --database)"
_AGAIN = frozenset({"40001", "40P01", "55P03", "busy"})  # somebody was in the way; nothing was changed
_NOT = "the migration was not applied"


@cache
def revisions() -> tuple[str, ...]:
    """All revisions, oldest first."""
    return tuple(script.revision for script in reversed(list(ScriptDirectory.from_config(_config()).walk_revisions())))


def state(url: str) -> State:
    """Where a database stands; changes nothing. Raises MigrationNotApplied when it cannot be asked."""
    if (file := _file(url)) is not None and not file.exists():
        return State(None, revisions()[-1], guarded=False)  # to connect would make it
    found = _run(url, Patience(), lambda db: db.run_sync(_state), write=False)
    _place(found.current)
    return found


async def state_of(database: Database) -> State:
    """The same of a database that is connected already, for who is asked again and again; its revision may be one of a newer release.

    Raises MigrationNotApplied.
    """
    file = database.engine.url.database if database.engine.url.get_backend_name() == "sqlite" else None
    try:
        if file is not None and not file.startswith("file:") and not Path(file).exists():
            return State(None, revisions()[-1], guarded=False)
        async with database.reading.connect() as db:
            return await db.run_sync(_state)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise MigrationNotApplied(_advice(error, database.dialect)) from error


def upgrade(url: str, to: str | None = None, patience: Patience | None = None) -> Moved:
    """Applies what is missing up to a revision, the newest without one. Raises MigrationNotApplied, InvalidInput."""
    target = revisions()[-1] if to is None else _known(to)

    def run(connection: Connection, config: Config) -> None:
        if _place(_current(connection)) > _place(target):
            raise InvalidInput(f"the schema is at {_current(connection)}, beyond {target}; `--down {target}` takes back what came after")
        command.upgrade(config, target)

    return _migrate(url, run, patience)


def downgrade(url: str, to: str, patience: Patience | None = None) -> Moved:
    """Takes back what came after a revision; data stays. Raises MigrationNotApplied, InvalidInput."""
    target = _known(to)

    def run(connection: Connection, config: Config) -> None:
        if _place(_current(connection)) < _place(target):
            raise InvalidInput(f"the schema is at {_current(connection) or 'no revision'}, before {target}; there is nothing to take back")
        command.downgrade(config, target)

    return _migrate(url, run, patience)


def must_not_be_needed(to: str) -> None:
    """Refuses to take back what this release runs on. Raises InvalidInput."""
    if _place(_known(to)) < _place(NEEDED):
        raise InvalidInput(
            f"without what {NEEDED} made no service of this release can answer, and users can have two active sessions. "
            "Stop every service, then run it again with --force"
        )


def script(url: str, to: str | None = None, start: str | None = None, patience: Patience | None = None) -> str:
    """What `upgrade` (or `downgrade`, when `to` is before `start`) would execute, as SQL for a database one cannot connect to.

    `start`: the revision the database is at, None when it is empty. One transaction; it fails, and changes nothing, on a database
    at another revision. Raises InvalidInput.
    """
    target = revisions()[-1] if to is None else _known(to)
    begin = None if start is None else _known(start)
    dialect = _dialect(url)[0]
    config = _config()
    output = io.StringIO()
    begins = (*preamble.locks(dialect, patience or Patience()), *preamble.must_be_at(dialect, begin))
    config.attributes.update(dialect=dialect, output=output, preamble=begins)
    back = _place(target) < _place(begin)
    (command.downgrade if back else command.upgrade)(config, f"{begin}:{target}" if begin else target, sql=True)
    return output.getvalue()


def ensure(url: str, *, migrate: bool = False) -> Moved:
    """What a server does before it starts: SQLite is brought up to date; PostgreSQL only with `migrate`, else it must be already.

    Raises MigrationNotApplied, which says what to do.
    """
    if migrate or _dialect(url)[0] == "sqlite":
        moved = upgrade(url)
    else:
        found = state(url)
        moved = Moved(found.current, found.current)
    found = state(url)
    if not found.ready:
        raise MigrationNotApplied(f"{explain(found)} Run `session-service migrate`, or start with --migrate.")
    return moved


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _dialect(url: str) -> tuple[str, str | None]:
    """The kind of a database, and its name or file."""
    try:
        parsed = dialects.of(url)[1]
    except (ArgumentError, KeyError, ValueError):
        raise InvalidInput(f"{_URL} is not a URL; it may be sqlite:///file.db or postgresql://user@host/name") from None
    return parsed.get_backend_name(), parsed.database


def _file(url: str) -> Path | None:
    """The file of an SQLite database, which need not be there; None for another one, or for a URI. Raises MigrationNotApplied."""
    dialect, name = _dialect(url)
    if dialect != "sqlite" or str(name).startswith("file:"):
        return None
    if name in {None, "", ":memory:"}:
        raise MigrationNotApplied("a database in memory is gone with its connection; name a file: sqlite:///session_service.db")
    file = Path(str(name))
    try:
        if not file.parent.is_dir():
            raise MigrationNotApplied(f"{_NOT}: there is no directory {file.parent}. Make it, or name another file in {_URL}.")
        if file.is_dir():
            raise MigrationNotApplied(f"{_NOT}: {file} is a directory. Name a file in it in {_URL}.")
    except OSError as error:  # a directory on the way that this user may not enter, a name that is too long
        raise MigrationNotApplied(f"{_NOT}: {file}: {error.strerror}. Look at {_URL}: {dialects.of(url)[0].hint}.") from error
    return file


def _known(revision: str) -> str:
    """The revision, which may be given by the whole name of its file."""
    short = revision.partition("_")[0]
    if short not in revisions():
        raise InvalidInput(f"there is no revision {revision!r}; there are {', '.join(revisions())}")
    return short


def _place(revision: str | None) -> int:
    if revision is None:
        return -1
    if revision not in revisions():
        raise MigrationNotApplied(
            f"the schema is at revision {revision!r}, which this release does not know: a newer one has migrated it. Install that one."
        )
    return revisions().index(revision)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _state(connection: Connection) -> State:
    current = _current(connection)
    table, index = GUARDED
    inspector = inspect(connection)
    indexes = inspector.get_indexes(table) if inspector.has_table(table) else []
    return State(current, revisions()[-1], guarded=any(found["name"] == index and found["unique"] for found in indexes))


def _migrate(url: str, run: Callable[[Connection, Config], None], patience: Patience | None) -> Moved:
    wait = patience or Patience()

    def migrate(connection: Connection) -> Moved:
        config = _config()
        config.attributes["connection"] = connection
        before = _current(connection)
        run(connection, config)
        return Moved(before, _current(connection))

    async def whole(db: AsyncConnection) -> Moved:
        for statement in preamble.locks(db.dialect.name, wait):
            await db.execute(text(statement))
        return await db.run_sync(migrate)

    return _run(url, wait, whole, write=True)


def _run(url: str, patience: Patience, operation: Callable[[AsyncConnection], Awaitable[T]], *, write: bool) -> T:
    _file(url)
    return asyncio.run(_attempts(url, patience, operation, write=write))


async def _attempts(url: str, patience: Patience, operation: Callable[[AsyncConnection], Awaitable[T]], *, write: bool) -> T:
    database = connect(url, pool_size=1)
    deadline = monotonic() + patience.total
    try:
        while True:
            try:
                async with database.engine.begin() if write else database.reading.connect() as db:
                    return await operation(db)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                if monotonic() > deadline or database.dialect.retryable(error) not in _AGAIN:
                    raise MigrationNotApplied(_advice(error, database.dialect)) from error
                await asyncio.sleep(random.uniform(0.05, 0.5))  # apart from the others that wait, too
    finally:
        await database.close()


def _advice(error: Exception, dialect: Dialect) -> str:
    """What happened and what to do about it. The text of a database names tables and constraints, never a password."""
    cause = getattr(error, "orig", None) or error
    state = str(getattr(cause, "sqlstate", None) or "")
    said = (str(cause).splitlines() or [type(cause).__name__])[0]
    if dialect.retryable(error) in _AGAIN:
        advice = "Others hold what it needs. Try again, with a longer --lock-timeout, or end long transactions first."
    elif state == "42501":
        advice = "This role may not. Run it as the owner of the tables, or give them the output of `session-service migrate --sql`."
    elif state == "42P07" or "already exists" in said:
        advice = (
            "There are tables that no ledger knows. If they are those of a revision, say so with INSERT INTO alembic_version; "
            "if not, use another database or schema."
        )
    elif state.startswith("28") or state == "3D000" or dialect.unavailable(error):
        advice = f"Look at {_URL}: {dialect.hint}."
    else:
        advice = "Mend the cause and run it again."
    return f"{_NOT}: {said}. Nothing was changed. {advice}"
