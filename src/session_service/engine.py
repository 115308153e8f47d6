"""The engines: two per process, made from a URL. One runs transactions; in the other every statement stands for itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import PoolProxiedConnection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn
from sqlalchemy.util.concurrency import in_greenlet

from session_service import dialects
from session_service.dialect import Dialect, Direct

T = TypeVar("T")
_SINGLE = "AUTOCOMMIT"


@dataclass(frozen=True, slots=True)
class Database:
    """`engine` begins and commits transactions; `reading` never begins one: a statement is one round trip, without BEGIN and ROLLBACK.

    Where a connection changes its mode at no cost (`Dialect.one_pool`) both take theirs from one pool. Elsewhere each has its own.
    `heard`: told the text of every statement of `directly`, which the events of SQLAlchemy do not see.
    """

    engine: AsyncEngine
    reading: AsyncEngine
    dialect: Dialect
    heard: list[Callable[[str], None]] = field(default_factory=list)

    async def directly(self, act: Callable[[Direct], Awaitable[T]]) -> T:
        """What `act` does with a connection of the driver, from the pool of `reading`, outside of any transaction.

        The connection goes back whatever happens; one that may have been left in the middle of something is closed instead.
        """
        held = await self._held()
        connection = held.driver_connection
        try:
            done = await act(self.dialect.direct(connection, self.heard))
        except BaseException as error:
            if self.dialect.broken_by(error, connection):
                held.invalidate(error)
            else:
                held.close()
            raise
        held.close()
        return done

    async def _held(self) -> PoolProxiedConnection:
        pool: Any = self.reading.sync_engine.pool
        if pool.checkedin():
            try:
                return cast("PoolProxiedConnection", pool.connect())
            except _MustWait:
                pass
        return await greenlet_spawn(pool.connect)

    @property
    def engines(self) -> tuple[AsyncEngine, ...]:
        """Those with a pool of their own; what listens to their events hears all that SQLAlchemy sends."""
        return (self.engine,) if self.dialect.one_pool else (self.engine, self.reading)

    async def close(self) -> None:
        """Close all connections."""
        for engine in self.engines:
            await engine.dispose()


def connect(url: str, pool_size: int = 10) -> Database:
    """The database of a URL, with `pool_size` connections at most in each of its pools; none is made before it is needed."""
    dialect, parsed = dialects.of(url)
    options = dialect.engine_options(pool_size)
    engine = create_async_engine(parsed, isolation_level=dialect.isolation, **options)
    dialect.prepare(engine)
    event.listen(engine.sync_engine, "do_connect", _connects)
    if dialect.one_pool:
        return Database(engine, engine.execution_options(isolation_level=_SINGLE), dialect)
    reading = create_async_engine(parsed, isolation_level=_SINGLE, skip_autocommit_rollback=True, **options)
    dialect.prepare(reading, begins=False)
    event.listen(reading.sync_engine, "do_connect", _connects)
    return Database(engine, reading, dialect)


class _MustWait(Exception):  # noqa: N818 - no error: who sees it asks again, in a place where that can wait
    """The pool has no connection that is open."""


def _connects(*_: object) -> None:
    if not in_greenlet():
        raise _MustWait
