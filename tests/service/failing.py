"""Databases that can be read and refuse to write, for the reasons that operators meet."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from session_service.engine import Database, connect

_FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$ LANGUAGE plpgsql
"""
_WRITTEN = ("messages", "idempotency_keys", "subcontractors", "conversation_sessions")


async def read_only(database: Database) -> None:
    """Every write is refused: by the server to all that connect from now on, or by the library, as for a file that may not be written."""
    if database.dialect.compound:
        name = urlsplit(str(database.engine.url)).path[1:]
        await _alter(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    else:
        await _each_connection(database, "PRAGMA query_only = ON")


async def writable(database: Database) -> None:
    """As before."""
    if database.dialect.compound:
        name = urlsplit(str(database.engine.url)).path[1:]
        await _alter(database, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    else:
        await _each_connection(database, "PRAGMA query_only = OFF")


async def full(database: Database) -> None:
    """No space is left. SQLite itself says so of a file that may not grow; for a server, triggers say what its storage would."""
    if database.dialect.compound:
        triggers = [f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} EXECUTE FUNCTION disk_is_full()" for table in _WRITTEN]
        await _run(database, _FULL, *triggers)
        return
    await _run(database, "CREATE TABLE filler (content TEXT)")
    await _each_connection(database, "PRAGMA max_page_count = 1")  # fewer than there are: it means no more than there are
    for size in (4000, 1):  # what is free within the pages: with it a short message would still find its place
        with suppress(OperationalError):
            while True:
                await _run(database, f"INSERT INTO filler VALUES (hex(zeroblob({size})))")


async def _alter(database: Database, statement: str) -> None:
    """And all connections that do not know it yet are ended."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    own = connect(database.engine.url.render_as_string(hide_password=False), 1)
    try:
        await _run(own, "SET default_transaction_read_only = off", statement, others)
    finally:
        await own.close()


async def _run(database: Database, *statements: str) -> None:
    async with database.reading.connect() as db:
        for statement in statements:
            await db.execute(text(statement))


async def _each_connection(database: Database, pragma: str) -> None:
    """Of all that are made from now on; those that are there are closed."""
    for engine in database.engines:

        def begin(connection: Any, _record: Any) -> None:
            connection.cursor().execute(pragma)

        event.listen(engine.sync_engine, "connect", begin)
    await database.close()
