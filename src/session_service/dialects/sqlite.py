"""SQLite, by aiosqlite: WAL, and every transaction that writes takes the write lock at once."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any, ClassVar

import aiosqlite as driver
from sqlalchemy import Connection, Table, event
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from session_service.dialect import Dialect

_BUSY_MS = 1_000  # the database's own waiting is unfair: a writer that has waited this long steps back and tries again
_BUSY = ("database is locked", "database table is locked", "database schema is locked")
_UNUSABLE = (
    "unable to open",
    "disk I/O",
    "file is not a database",
    "database disk image is malformed",
    "database or disk is full",
    "attempt to write a readonly",
    "no such table",
    "ON CONFLICT clause does not match",
)
_CAUSES = (
    *(("database or disk is full", "disk_full"), ("attempt to write a readonly", "read_only"), ("unable to open", "unreachable")),
    *(("disk I/O", "io"), ("file is not a database", "damaged"), ("database disk image is malformed", "damaged")),
    *(("no such table", "schema"), ("ON CONFLICT clause does not match", "schema"), *((text, "busy") for text in _BUSY)),
)


_PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON", f"PRAGMA busy_timeout={_BUSY_MS}")


async def _opened(*arguments: Any, **options: Any) -> driver.Connection:
    """A connection of the driver. When there is none its thread has ended, too: it would speak to a loop that may be closed by then."""
    connection = driver.connect(*arguments, **options)
    connection._thread.daemon = True  # as SQLAlchemy has it
    try:
        return await connection
    except BaseException:
        await asyncio.to_thread(connection._thread.join)
        raise


class Sqlite(Dialect):
    """A transaction that reads first and writes later is refused at once when another one wrote: so BEGIN IMMEDIATE."""

    driver: ClassVar[str] = "sqlite+aiosqlite"
    isolation: ClassVar[str] = "SERIALIZABLE"  # the only one it has
    serial_writers: ClassVar[bool] = True
    compound: ClassVar[bool] = False
    one_pool: ClassVar[bool] = False  # the driver would switch in its thread
    clock: ClassVar[Any] = None
    hint: ClassVar[str] = "it must name an SQLite file, or one to be made, that this user may write, in a directory where it may, too"

    def engine_options(self, pool_size: int) -> dict[str, Any]:
        connect = {"timeout": _BUSY_MS / 1000, "async_creator_fn": _opened}
        return {"pool_size": pool_size, "max_overflow": 0, "pool_timeout": 5.0, "connect_args": connect}

    def prepare(self, engine: AsyncEngine, *, begins: bool = True) -> None:
        @event.listens_for(engine.sync_engine, "connect")
        def connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # the driver begins nothing by itself
            try:
                cursor = connection.cursor()
                for pragma in _PRAGMAS:
                    cursor.execute(pragma)
                cursor.close()
            except BaseException:
                connection.close()  # nobody else will: the pool has not got it yet
                raise

        @event.listens_for(engine.sync_engine, "invalidate")
        def invalidate(connection: Any, _record: Any, _error: BaseException | None) -> None:
            # a caller went away in the middle of a statement, which runs on in its thread. To close the connection is not enough: as
            # long as somebody holds a cursor of it, such as the traceback of the error, SQLite keeps it open, with its transaction
            asyncio.ensure_future(connection.driver_connection.rollback()).add_done_callback(_asked)

        if begins:  # SQLAlchemy says "begin" of a connection in autocommit too

            @event.listens_for(engine.sync_engine, "begin")
            def begin(connection: Connection) -> None:
                connection.exec_driver_sql("BEGIN IMMEDIATE")

    def insert(self, table: Table) -> Insert:
        return insert(table)

    def retryable(self, error: BaseException) -> str | None:
        return "busy" if _text(error).startswith(_BUSY) else None

    def unavailable(self, error: BaseException) -> bool:
        if isinstance(error, OSError | TimeoutError):
            return True
        # not "is not unique", "no such column": those are ours. A file that cannot be opened, is full, is none, or has no tables is not
        return _text(error).startswith(_UNUSABLE)

    def cause(self, error: BaseException) -> str:
        if isinstance(error, TimeoutError):
            return "timeout"
        if isinstance(error, OSError):
            return "unreachable"
        return next((cause for begins, cause in _CAUSES if _text(error).startswith(begins)), "other")


def _text(error: BaseException) -> str:
    """What the database says, whether SQLAlchemy is around it or not."""
    if isinstance(error, DBAPIError):
        return str(error.orig)
    return str(error) if isinstance(error, sqlite3.Error) else ""


def _asked(rolled_back: asyncio.Future[None]) -> None:
    """Asks for the error of a rollback, so that nobody complains that it was not: a connection that is closed has rolled back."""
    if not rolled_back.cancelled():
        rolled_back.exception()
