"""All SQL of the service: one class for each group of tables, bound to a connection. Nothing here begins or commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.dialect import Dialect
from session_service.stores.directory import DirectoryStore
from session_service.stores.idempotency import IdempotencyStore
from session_service.stores.messages import MessageStore
from session_service.stores.progress import ProgressStore
from session_service.stores.sessions import SessionStore


class Stores:
    """The stores on one connection: what an operation is given by the unit of work."""

    def __init__(self, db: AsyncConnection, dialect: Dialect) -> None:
        self._db = db
        self._dialect = dialect
        self.sessions = SessionStore(db, dialect)
        self.directory = DirectoryStore(db, dialect)
        self.messages = MessageStore(db)
        self.progress = ProgressStore(db, dialect)
        self.idempotency = IdempotencyStore(db, dialect)

    async def time(self) -> datetime | None:
        """The time by the clock of the database; None when that is the one of this machine."""
        asked = self._dialect.clock
        return None if asked is None else (await self._db.execute(asked)).scalar_one()
