"""The engines: two per process, made from a URL. One runs transactions; in the other every statement stands for itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from session_service import dialects
from session_service.dialect import Dialect

_SINGLE = "AUTOCOMMIT"


@dataclass(frozen=True, slots=True)
class Database:
    """`engine` begins and commits transactions; `reading` never begins one: a statement is one round trip, without BEGIN and ROLLBACK.

    Where a connection changes its mode at no cost (`Dialect.one_pool`) both take theirs from one pool. Elsewhere each has its own.
    """

    engine: AsyncEngine
    reading: AsyncEngine
    dialect: Dialect

    @property
    def engines(self) -> tuple[AsyncEngine, ...]:
        """Those with a pool of their own; what listens to their events hears all that is sent."""
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
    if dialect.one_pool:
        return Database(engine, engine.execution_options(isolation_level=_SINGLE), dialect)
    reading = create_async_engine(parsed, isolation_level=_SINGLE, skip_autocommit_rollback=True, **options)
    dialect.prepare(reading, begins=False)
    return Database(engine, reading, dialect)
