"""One message of a user at a time, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from session_service.errors import StoreUnavailable
from session_service.unit_of_work import patience


class Turns:
    """Lanes by user. The database would make them wait, too, but each with a connection: with a row held, one user would take them all."""

    def __init__(self) -> None:
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, user_id: str) -> AsyncIterator[None]:
        """The turn of a user. Raises StoreUnavailable when those before do not end in time."""
        lane = self._lanes.setdefault(user_id, asyncio.Lock())
        try:
            async with asyncio.timeout(patience()):
                await lane.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("another message of this user is still at work; try again later", "busy") from error
        try:
            yield
        finally:
            lane.release()
