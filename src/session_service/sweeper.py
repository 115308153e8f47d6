"""Ends sessions that nobody came back to (R16)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from session_service.domain import Policy, Reason, expiry
from session_service.metrics import Metrics
from session_service.service import Clock, system_clock
from session_service.stores import Stores
from session_service.unit_of_work import UnitOfWork

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_UTC = ZoneInfo("UTC")


class Sweeper:
    """Ends sessions past their idle time or lifetime, by the same function that the getter asks.

    It may run anywhere, any number of times, beside requests and beside other sweepers: a session that was touched since is left
    alone, and one that somebody else is ending is passed over. A boundary alone ends nothing here: the user's next request does.
    """

    def __init__(
        self, work: UnitOfWork, metrics: Metrics, policy: Policy | None = None, clock: Clock = system_clock, batch: int = 500
    ) -> None:
        """`batch`: how many sessions one transaction ends; while it does, a request for one of them waits."""
        self._work = work
        self._metrics = metrics
        self._policy = policy if policy is not None else Policy()
        self._clock = clock
        self._batch = batch

    async def sweep(self) -> int:
        """Ends all sessions that are overdue now; how many those were. Raises StoreUnavailable: what was ended until then stays so."""
        now, total = self._clock(), 0
        lifetime = self._policy.lifetime
        since = now - self._policy.idle, _LONG_AGO if lifetime is None else now - lifetime
        while True:  # looked for without a lock: mostly there is nothing, and on SQLite every writer would have waited for the answer
            ids = await self._work.read(lambda stores: stores.sessions.overdue(*since, self._batch))
            if not ids:
                return total
            ended = await self._work.write(partial(self._one_batch, ids=ids, now=now, since=since))
            for reason, many in sorted(ended.items()):
                self._metrics.ended(reason, many)
            total += ended.total()
            if not ended:
                return total

    async def _one_batch(self, stores: Stores, *, ids: tuple[str, ...], now: datetime, since: tuple[datetime, datetime]) -> Counter[Reason]:
        overdue = await stores.sessions.still_overdue(ids, *since)
        over = {session.id: expiry(session, now, _UTC, self._policy) for session in overdue}  # in no time zone a boundary: that comes last
        ended: Counter[Reason] = Counter()
        for reason in (Reason.LIFETIME, Reason.IDLE):
            of = [session_id for session_id, why in over.items() if why is reason]
            ended[reason] += await stores.sessions.end_all(of, reason, now) if of else 0
        return +ended
