"""The one place that begins, commits, rolls back and tries again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import TimeoutError as PoolTimeout
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from session_service.dialect import Direct
from session_service.engine import Database
from session_service.errors import StoreUnavailable
from session_service.stores import Stores

T = TypeVar("T")
Operation = Callable[[Stores], Awaitable[T]]
_ATTEMPTS = 30
_FIRST_WAIT = 0.005  # seconds; full jitter from here, doubled each time
_LONGEST_WAIT = 0.25
_HUNG = Direct.patience  # of a whole attempt


class Counter(Protocol):
    """Who counts retries."""

    def retried(self, state: str) -> None:
        """One more attempt because of an error of this state."""


class UnitOfWork:
    """Runs operations, each on the stores of one connection. An operation is tried again as a whole, its decisions included.

    It must therefore be safe to run twice: a connection lost at COMMIT leaves open whether it was done.
    """

    def __init__(self, database: Database, counter: Counter, budget: float = 5.0) -> None:
        """`budget`: seconds in which an operation is tried again; the attempt at work when they are over is the last."""
        self.database = database
        self._counter = counter
        self._budget = budget
        self._lane: asyncio.Lock | None = asyncio.Lock() if database.dialect.serial_writers else None

    async def read(self, operation: Operation[T]) -> T:
        """The operation without a transaction: every statement sees what is committed. Raises StoreUnavailable."""

        async def once() -> T:
            async with asyncio.timeout(_HUNG), self.database.reading.connect() as db:
                return await operation(Stores(db, self.database.dialect))

        return await self._again(once)

    async def look(self, question: Callable[[Direct], Awaitable[T]]) -> T:
        """`read` on a connection of the driver, for what is asked most: a third of the processor time. Raises StoreUnavailable."""
        return await self._again(lambda: self.database.directly(question))

    async def change(self, act: Callable[[Direct], Awaitable[T]]) -> T:
        """`look` for one step that writes: it is atomic by itself, in one round trip. Raises StoreUnavailable."""
        lane = self._lane

        async def in_lane() -> T:
            assert lane is not None
            async with lane:  # no need to carry it to its end: a step that has begun is done as a whole, whoever waits for it
                return await self.database.directly(act)

        return await self._again(in_lane if lane is not None else lambda: self.database.directly(act))

    async def write(self, operation: Operation[T]) -> T:
        """The operation in one transaction: all of it, or nothing. Raises StoreUnavailable."""

        async def once() -> T:
            async with asyncio.timeout(_HUNG), self.database.engine.begin() as db:
                return await operation(Stores(db, self.database.dialect))

        async def in_lane() -> T:
            assert self._lane is not None
            async with self._lane:  # the database's own queue of writers is unfair: one of this process at a time
                return await _to_its_end(once())

        return await self._again(once if self._lane is None else in_lane)

    async def apply(self, operation: Operation[T]) -> T:
        """One change of a store that is atomic by itself: without a transaction where the database says it in one statement.

        All of it, or nothing, as in `write`, but one round trip instead of three. Raises StoreUnavailable.
        """
        return await (self.read(operation) if self.database.dialect.compound else self.write(operation))

    async def _again(self, once: Callable[[], Awaitable[T]]) -> T:
        try:
            return await once()  # nearly always the only attempt: what is needed to repeat it is made when it has failed
        except Exception as error:
            if self._state(error) is None:
                self._refuse(error)
                raise
            failed: Exception | None = error

        async def attempt() -> T:
            nonlocal failed
            first, failed = failed, None
            if first is not None:
                raise first
            return await once()

        try:
            return await AsyncRetrying(
                retry=retry_if_exception(lambda error: self._state(error) is not None),
                wait=wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
                stop=stop_after_attempt(_ATTEMPTS) | stop_after_delay(self._budget),
                before_sleep=self._count,
                reraise=True,
            )(attempt)
        except Exception as error:
            self._refuse(error)
            raise

    def _state(self, error: BaseException) -> str | None:
        return "pool" if isinstance(error, PoolTimeout) else self.database.dialect.retryable(error)

    def _refuse(self, error: Exception) -> None:
        """Raises StoreUnavailable for an error of the database; one that comes from the operation itself is not touched."""
        state = self._state(error)
        if state is not None or self.database.dialect.unavailable(error):
            raise StoreUnavailable(f"the database did not do it within {self._budget:g} s ({state or type(error).__name__})") from error

    def _count(self, call: RetryCallState) -> None:
        error = call.outcome.exception() if call.outcome is not None else None
        if error is not None:
            self._counter.retried(self._state(error) or "other")


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """The transaction, carried through also when the caller goes away in the middle (P12).

    A statement that runs in a thread goes on when nobody waits for it any more: with a transaction that was begun behind the back of
    who would have ended it, the file would stay locked.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # nobody else asks for it
        raise
