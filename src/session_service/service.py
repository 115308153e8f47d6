"""The use cases on sessions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter

from session_service.domain import Obtained, Outcome, Policy, Reason, Session, Status, expiry
from session_service.errors import SessionConflict, SessionNotFound, UnknownUser
from session_service.metrics import Metrics
from session_service.stores import Stores
from session_service.unit_of_work import UnitOfWork

Clock = Callable[[], datetime]
_ROUNDS = 8  # how often the loser of a race looks again; each round somebody else has won


class _LostRace(Exception):  # noqa: N818 - no error: the transaction is rolled back, and the next round adopts what the winner made
    """Somebody else was faster."""


def system_clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class SessionService:
    """Obtains, reads and ends conversation sessions. All callers for one user at one time get the same live session (R1)."""

    def __init__(self, work: UnitOfWork, metrics: Metrics, policy: Policy | None = None, clock: Clock = system_clock) -> None:
        self._work = work
        self._metrics = metrics
        self._policy = policy if policy is not None else Policy()
        self._clock = clock

    async def get_or_create_session(self, user_id: str) -> Obtained:
        """The active session of a user; a new one when there is none, or when it has expired.

        Reads first; only on a miss is there a transaction, and the database arbitrates: who comes second adopts the session of who
        came first, and never ends it (R2). Raises UnknownUser, SessionConflict, StoreUnavailable.
        """
        began = perf_counter()
        try:
            obtained = await self._found(user_id) or await self._arbitrated(user_id)
        except UnknownUser:
            raise  # what the caller got wrong is no error of the service
        except Exception:
            self._metrics.fetch_failed(perf_counter() - began)
            raise
        self._metrics.fetched(obtained, perf_counter() - began)
        return obtained

    async def _found(self, user_id: str) -> Obtained | None:
        now = self._clock()
        found, zone = await self._work.read(lambda stores: stores.sessions.active_of(user_id))
        if found is None or expiry(found, now, zone, self._policy) is not None:
            return None
        before = now - self._policy.touch_slack
        if found.last_activity_at < before and not await self._touched(found.id, now, before):
            return None
        return Obtained(found, Outcome.REUSED)

    async def _touched(self, session_id: str, now: datetime, before: datetime) -> bool:
        """False when the session has ended between the look and the touch, which then changes nothing: look again."""
        if await self._work.write(lambda stores: stores.sessions.touch(session_id, now, before)):
            return True
        fresh = await self._work.read(lambda stores: stores.sessions.by_id(session_id))
        return fresh is not None and fresh.active

    async def _arbitrated(self, user_id: str) -> Obtained:
        for _ in range(_ROUNDS):
            with suppress(_LostRace):
                return await self._work.write(lambda stores: self._round(stores, user_id))
        raise SessionConflict(f"no session could be obtained in {_ROUNDS} rounds; try again")

    async def _round(self, stores: Stores, user_id: str) -> Obtained:
        now = self._clock()
        found, zone = await stores.sessions.active_of(user_id)
        reason: Reason | None = None
        if found is not None:
            reason = expiry(found, now, zone, self._policy)
            if reason is None:
                return Obtained(found, Outcome.ADOPTED)
            if not await stores.sessions.end(found, Status.ENDED, reason, now):
                raise _LostRace  # somebody ended or touched it since
        else:
            found = await stores.sessions.latest_of(user_id)
        made = await stores.sessions.start(user_id, now, found)
        if made is None:
            raise _LostRace  # what was ended in this transaction comes back: only who also starts may end
        age = None if found is None else made.started_at - found.started_at
        return Obtained(made, Outcome.CREATED if reason is None else Outcome.ROTATED, reason, age)

    async def session(self, session_id: str, user_id: str) -> Session:
        """A session of a user in any state, without side effects. Raises SessionNotFound, for a session of another user too (R8)."""
        found = await self._work.read(lambda stores: stores.sessions.by_id(session_id))
        if found is None or found.user_id != user_id:
            raise SessionNotFound("there is no such session of this user")
        return found

    async def end_session(self, session_id: str, user_id: str, reason: Reason = Reason.CLOSED) -> Session:
        """Ends a session; one that has ended stays as it is (R16). Raises SessionNotFound."""
        return await self._finish(session_id, user_id, Status.ENDED, reason)

    async def escalate_session(self, session_id: str, user_id: str) -> Session:
        """Hands a session over to people; one that has ended stays as it is (R16). Raises SessionNotFound."""
        return await self._finish(session_id, user_id, Status.ESCALATED, Reason.ESCALATED)

    async def _finish(self, session_id: str, user_id: str, status: Status, reason: Reason) -> Session:
        async def operation(stores: Stores) -> Session:
            found = await stores.sessions.by_id(session_id)
            if found is None or found.user_id != user_id:
                raise SessionNotFound("there is no such session of this user")
            if found.active:
                await stores.sessions.end(found, status, reason, self._clock(), unseen=True)
            return await stores.sessions.by_id(session_id) or found

        return await self._work.write(operation)

    async def history(self, user_id: str, many: int = 20) -> tuple[Session, ...]:
        """The latest sessions of a user, newest first, linked by `previous_id`."""
        return await self._work.read(lambda stores: stores.sessions.history(user_id, many))
