"""Idempotency keys: a request that is sent twice has its effect once, and the second one gets the answer of the first (R12)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from session_service.errors import IdempotencyMismatch, RequestInProgress
from session_service.metrics import Metrics
from session_service.stores import Stores
from session_service.stores.idempotency import DONE, RUNNING, KeyRecord
from session_service.unit_of_work import UnitOfWork

Clock = Callable[[], datetime]
KEPT = timedelta(days=1)  # how long a key is remembered


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work behind a key, held by one run until its lease ends or somebody else takes over."""

    scope: str
    key: str
    owner: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The work was done before; this was the answer."""

    response: str


class Idempotency:
    """Claims keys before the work. The answer is stored with `finish`, in the transaction of the effect.

    Leases are compared with the clock of each process: the clocks of all should agree to well within the lease.
    """

    def __init__(self, work: UnitOfWork, metrics: Metrics, clock: Clock, lease: timedelta = timedelta(seconds=30)) -> None:
        """`lease`: how long a run may be at work before another one with the same key takes over."""
        self._work = work
        self._metrics = metrics
        self._clock = clock
        self._lease = lease

    async def claim(self, scope: str, key: str, print_: str) -> Claim | Replay:
        """The right to do the work, or the answer of who did it. `print_` is the fingerprint of the request's content.

        Raises RequestInProgress while another run holds the lease, IdempotencyMismatch when the key came with another content before,
        StoreUnavailable.
        """
        owner = str(uuid4())  # before the first attempt: a later one then knows its own claim

        async def operation(stores: Stores) -> tuple[Claim | Replay | None, str]:
            now = self._clock()
            record = KeyRecord(scope, key, print_, RUNNING, owner, now + self._lease, None)
            if await stores.idempotency.insert(record, now):
                return Claim(scope, key, owner), "claimed"
            found = await stores.idempotency.read(scope, key)
            return (None, "in_progress") if found is None else await self._second(stores, found, record, now)

        claim, outcome = await self._work.write(operation)
        self._metrics.key_claimed(outcome)
        if outcome == "mismatch":
            raise IdempotencyMismatch("this idempotency key was used before, for a request with another content")
        if claim is None:
            raise RequestInProgress("a request with this idempotency key is at work; try again later")
        return claim

    async def _second(self, stores: Stores, found: KeyRecord, wanted: KeyRecord, now: datetime) -> tuple[Claim | Replay | None, str]:
        """What who finds the key taken gets, and how that is counted."""
        ours = Claim(wanted.scope, wanted.key, wanted.owner)
        if found.fingerprint != wanted.fingerprint:
            return None, "mismatch"
        if found.state == DONE:
            return Replay(found.response or ""), "replayed"
        if found.owner == wanted.owner:
            return ours, "claimed"
        if found.lease_until <= now and await stores.idempotency.take_over(found, wanted.owner, now, wanted.lease_until):
            return ours, "taken_over"
        return None, "in_progress"

    async def finish(self, stores: Stores, claim: Claim, response: str) -> None:
        """Stores the answer, as part of the operation that has the effect.

        Raises RequestInProgress, which undoes the effect, when the lease ran out and another run has taken over.
        """
        if not await stores.idempotency.finish(claim.scope, claim.key, claim.owner, response):
            raise RequestInProgress("another request with this idempotency key has taken over; try again later")

    async def release(self, claim: Claim) -> None:
        """Gives the claim back after work that failed. The same request may then be sent again at once."""
        await self._work.write(lambda stores: stores.idempotency.release(claim.scope, claim.key, claim.owner, self._clock()))

    async def forget(self, before: datetime, batch: int = 500) -> int:
        """Forgets keys first used before; how many those were. Sent again after that, a request is a new one."""
        total = 0
        while True:
            old = await self._work.read(lambda stores: stores.idempotency.old(before, batch))
            if old:
                await self._work.write(partial(_forget, old=old))
            total += len(old)
            if len(old) < batch:
                return total


async def _forget(stores: Stores, *, old: tuple[tuple[str, str], ...]) -> None:
    await stores.idempotency.purge(old)


def fingerprint(content: Mapping[str, str | None]) -> str:
    """A digest of the content of a request: the same for the same content, whatever its order."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
