"""The engines: two per process, made from a URL. One runs transactions; in the other every statement stands for itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from session_service import dialects
from session_service.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Database:
    """`engine` begins and commits transactions; `reading` never begins one: a statement is one round trip, without BEGIN and ROLLBACK.

    Two pools, so that no connection changes its mode from one use to the next: that costs statements on some drivers.
    """

    engine: AsyncEngine
    reading: AsyncEngine
    dialect: Dialect

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
        await self.reading.dispose()


def connect(url: str, pool_size: int = 10) -> Database:
    """The database of a URL, with `pool_size` connections at most in each of its two pools; none is made before it is needed."""
    dialect, parsed = dialects.of(url)
    options = dialect.engine_options(pool_size)
    engine = create_async_engine(parsed, isolation_level=dialect.isolation, **options)
    reading = create_async_engine(parsed, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True, **options)
    dialect.prepare(engine)
    dialect.prepare(reading, begins=False)
    return Database(engine, reading, dialect)
