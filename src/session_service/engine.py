"""The engine: one per process, made from a URL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from session_service import dialects
from session_service.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Database:
    """An engine with its dialect. `reading` begins no transaction: each statement stands for itself."""

    engine: AsyncEngine
    reading: AsyncEngine
    dialect: Dialect

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def connect(url: str, pool_size: int = 10) -> Database:
    """The database of a URL. Nothing is connected until the first statement."""
    dialect, parsed = dialects.of(url)
    engine = create_async_engine(parsed, **dialect.engine_options(pool_size))
    dialect.prepare(engine)
    return Database(engine, engine.execution_options(isolation_level="AUTOCOMMIT"), dialect)
