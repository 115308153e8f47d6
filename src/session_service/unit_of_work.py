"""The one place that begins, commits, rolls back and tries again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import TimeoutError as PoolTimeout

from session_service.engine import Database
from session_service.errors import StoreUnavailable
from session_service.store_health import PROBE, READ, WRITE, StoreHealth
from session_service.stores import Stores

T = TypeVar("T")
Operation = Callable[[Stores], Awaitable[T]]
_ATTEMPTS = 30
_FIRST_WAIT = 0.005  # seconds; full jitter from here, doubled each time
_LONGEST_WAIT = 0.25
_HUNG = 10.0  # of a whole attempt, for who has no deadline: a server that went away without a word answers never
_LEAST = 0.5  # of an attempt when the deadline is near or over: to give a claim back, for example
_DEADLINE: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All operations inside together have so long; one that begins later than that has a moment."""
    before = _DEADLINE.set(min(_DEADLINE.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _DEADLINE.reset(before)


def patience() -> float:
    """How long an attempt may take now, in seconds."""
    return min(_HUNG, max(_LEAST, _DEADLINE.get() - monotonic()))


class Counter(Protocol):
    """Who counts retries."""

    def retried(self, state: str) -> None:
        """One more attempt because of an error of this state."""


class UnitOfWork:
    """Runs operations, each on the stores of one connection. An operation is tried again as a whole, its decisions included.

    It must therefore be safe to run twice: a connection lost at COMMIT leaves open whether it was done. `health`: what came of it.
    """

    def __init__(self, database: Database, counter: Counter, budget: float = 5.0) -> None:
        """`budget`: seconds in which an operation is tried again; the attempt at work when they are over is the last."""
        self.database = database
        self.health = StoreHealth()
        self._counter = counter
        self._budget = budget
        self._lane: asyncio.Lock | None = asyncio.Lock() if database.dialect.serial_writers else None

    async def read(self, operation: Operation[T]) -> T:
        """The operation without a transaction: every statement sees what is committed. Raises StoreUnavailable."""
        return await self._again(lambda: self._single(operation), READ)

    async def write(self, operation: Operation[T]) -> T:
        """The operation in one transaction: all of it, or nothing. Raises StoreUnavailable."""
        return await self._transaction(operation, WRITE)

    async def probe(self, operation: Operation[T]) -> T:
        """`write` for something that matters to nobody: to know whether it can be done. Raises StoreUnavailable."""
        return await self._transaction(operation, PROBE)

    async def _transaction(self, operation: Operation[T], kind: str) -> T:
        async def once() -> T:
            async with asyncio.timeout(patience()), self.database.engine.begin() as db:
                return await operation(Stores(db, self.database.dialect))

        async def in_lane() -> T:
            assert self._lane is not None
            async with asyncio.timeout(patience()):
                await self._lane.acquire()  # the database's own queue of writers is unfair: one of this process at a time
            try:
                return await _to_its_end(once())
            finally:
                self._lane.release()

        return await self._again(once if self._lane is None else in_lane, kind)

    async def apply(self, operation: Operation[T]) -> T:
        """One change of a store that is atomic by itself: without a transaction where the database says it in one statement.

        All of it, or nothing, as in `write`, but one round trip instead of three. Raises StoreUnavailable.
        """
        if not self.database.dialect.compound:
            return await self.write(operation)
        return await self._again(lambda: self._single(operation), WRITE)

    async def _single(self, operation: Operation[T]) -> T:
        async with asyncio.timeout(patience()), self.database.reading.connect() as db:
            return await operation(Stores(db, self.database.dialect))

    async def _again(self, once: Callable[[], Awaitable[T]], kind: str) -> T:
        until = monotonic() + min(self._budget, max(0.0, _DEADLINE.get() - monotonic()))
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                done = await once()
            except Exception as error:
                state = self._state(error)
                if state is None or attempt == _ATTEMPTS or monotonic() >= until:
                    self._refuse(error, kind)
                    raise
                self._counter.retried(state)
            else:
                self.health.worked(kind)
                return done
            await asyncio.sleep(random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**attempt)))
        raise AssertionError("the last attempt returns or raises")

    def _state(self, error: BaseException) -> str | None:
        return "pool" if isinstance(error, PoolTimeout) else self.database.dialect.retryable(error)

    def _refuse(self, error: Exception, kind: str) -> None:
        """Raises StoreUnavailable for an error of the database; one that comes from the operation itself is not touched."""
        state = self._state(error)
        if state is None and not self.database.dialect.unavailable(error):
            return
        cause = "pool" if state == "pool" else self.database.dialect.cause(error)
        word = state or type(error).__name__
        self.health.failed(kind, cause, error, word)
        raise StoreUnavailable(f"the database did not do it within {self._budget:g} s ({word}): {cause}", cause) from error


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
