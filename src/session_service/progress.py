"""Progress updates: at most one under way for a user; starting another one replaces it, and fences off who still writes to the old one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from session_service.domain import ProgressUpdate
from session_service.errors import SessionStale
from session_service.metrics import Metrics
from session_service.stores import Stores
from session_service.stores.idempotency import DONE, KeyRecord
from session_service.stores.progress import Counted
from session_service.unit_of_work import Operation, UnitOfWork

T = TypeVar("T")
Clock = Callable[[], datetime]
LIFETIME = timedelta(minutes=30)
_SCOPE = "progress"


class ProgressSteps:
    """The steps of progress updates inside one operation: part of its transaction.

    `written`: what it has done so far, in the words of `metrics.PROGRESS`; to be counted once the transaction is committed.
    """

    def __init__(self, stores: Stores, now: datetime, lifetime: timedelta = LIFETIME) -> None:
        self._stores = stores
        self._now = now
        self._until = now + lifetime
        self.written: list[str] = []

    async def start(self, user_id: str, task_id: str) -> ProgressUpdate:
        """A new update, all counters 0, in place of any other, whose writers are stale from here on. The last one to start wins."""
        self.written.append("started")
        return await self._stores.progress.start(user_id, task_id, self._now, self._until)

    async def current(self, user_id: str) -> ProgressUpdate | None:
        """The update under way, or None: never started, ended and expired look the same. One SELECT, no side effects (R13)."""
        found = await self._stores.progress.of(user_id)
        return found if found is not None and found.expires_at > self._now else None

    async def add_image(self, update: ProgressUpdate) -> ProgressUpdate:
        """One more image. Raises SessionStale when the update is over, or another one has begun."""
        return self._written(await self._stores.progress.count(update, Counted.IMAGES, self._now, self._until))

    async def add_comment(self, update: ProgressUpdate) -> ProgressUpdate:
        """One more comment. Raises SessionStale when the update is over, or another one has begun."""
        return self._written(await self._stores.progress.count(update, Counted.COMMENTS, self._now, self._until))

    async def change_status(self, update: ProgressUpdate) -> ProgressUpdate:
        """The status of the task was changed. Raises SessionStale when the update is over, or another one has begun."""
        return self._written(await self._stores.progress.change_status(update, self._now, self._until))

    async def end(self, update: ProgressUpdate) -> None:
        """Ends the update; one that is over stays so. Raises SessionStale when another one has begun, which goes on."""
        if await self._stores.progress.end(update, self._now) is None:
            found = await self._stores.progress.of(update.user_id)
            if found is None or found.epoch != update.epoch:
                raise SessionStale("another progress update has begun since")
        self.written.append("written")

    def _written(self, update: ProgressUpdate | None) -> ProgressUpdate:
        self.written.append("written")
        return _fresh(update)


class ProgressUpdateState:
    """Progress updates for callers that have no transaction of their own: each call is one. Each also raises StoreUnavailable."""

    def __init__(self, work: UnitOfWork, metrics: Metrics, clock: Clock, lifetime: timedelta = LIFETIME) -> None:
        """`lifetime`: how long an update stays open after its last step."""
        self._work = work
        self._metrics = metrics
        self._clock = clock
        self._lifetime = lifetime

    def on(self, stores: Stores) -> ProgressSteps:
        """The steps as part of the operation that these stores belong to."""
        return ProgressSteps(stores, self._clock(), self._lifetime)

    async def start(self, user_id: str, task_id: str) -> ProgressUpdate:
        """See ProgressSteps.start."""
        return await self._write("started", lambda stores: self.on(stores).start(user_id, task_id))

    async def current(self, user_id: str) -> ProgressUpdate | None:
        """See ProgressSteps.current."""
        return await self._work.read(lambda stores: self.on(stores).current(user_id))

    async def add_image(self, update: ProgressUpdate) -> ProgressUpdate:
        """See ProgressSteps.add_image. Counted once, also when the connection is lost at COMMIT."""
        return await self._once(update, lambda stores: self.on(stores).add_image(update))

    async def add_comment(self, update: ProgressUpdate) -> ProgressUpdate:
        """See ProgressSteps.add_comment. Counted once, also when the connection is lost at COMMIT."""
        return await self._once(update, lambda stores: self.on(stores).add_comment(update))

    async def change_status(self, update: ProgressUpdate) -> ProgressUpdate:
        """See ProgressSteps.change_status."""
        return await self._write("written", lambda stores: self.on(stores).change_status(update))

    async def end(self, update: ProgressUpdate) -> None:
        """See ProgressSteps.end."""
        await self._write("written", lambda stores: self.on(stores).end(update))

    async def _once(self, update: ProgressUpdate, step: Operation[ProgressUpdate]) -> ProgressUpdate:
        """Runs a step that must not happen twice: a name made before the first attempt tells a later one that it was committed."""
        name = str(uuid4())

        async def operation(stores: Stores) -> ProgressUpdate:
            now = self._clock()
            if not await stores.idempotency.insert(KeyRecord(_SCOPE, name, "", DONE, name, now, None), now):
                return _fresh(await stores.progress.of(update.user_id))
            return await step(stores)

        return await self._write("written", operation)

    async def _write(self, outcome: str, operation: Operation[T]) -> T:
        try:
            result = await self._work.write(operation)
        except SessionStale:
            self._metrics.progress_updated("stale")
            raise
        self._metrics.progress_updated(outcome)
        return result


def _fresh(update: ProgressUpdate | None) -> ProgressUpdate:
    if update is None:
        raise SessionStale("the progress update is over, or another one has begun")
    return update
