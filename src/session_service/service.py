"""The use cases on sessions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from uuid import uuid4
from zoneinfo import ZoneInfo

from session_service.domain import Obtained, Outcome, Policy, Reason, Session, Status, User, expiry, should_last
from session_service.errors import SessionConflict, SessionNotFound, UnknownUser
from session_service.logs import hashed, log
from session_service.metrics import Metrics
from session_service.stores import Stores
from session_service.stores.sessions import Started
from session_service.unit_of_work import UnitOfWork

Clock = Callable[[], datetime]
_LOG = logging.getLogger(__name__)
_UTC = ZoneInfo("UTC")
_SHOWN = 64  # characters
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

        Reads first; only on a miss something is written, and the database arbitrates: who comes second adopts the session of who
        came first, and never ends it (R2). Raises UnknownUser, SessionConflict, StoreUnavailable.
        """
        began = perf_counter()
        try:
            obtained = await self._obtained(user_id)
        except UnknownUser:
            raise  # what the caller got wrong is no error of the service
        except Exception:
            self._metrics.fetch_failed(perf_counter() - began)
            raise
        self._metrics.fetched(obtained, perf_counter() - began)
        return obtained

    async def _obtained(self, user_id: str) -> Obtained:
        mine: list[str] = []  # a connection lost at COMMIT leaves open whether it was done: then the winner may be ourselves
        seen: str | None = None
        for turn in range(_ROUNDS):
            now = self._clock()
            found, zone = await self._look(user_id, whole=turn > 0)
            reason = None if found is None else expiry(found, now, zone, self._policy)
            if found is not None and reason is None:
                alive = await self._touched(found, now)
                if alive is not None:
                    return Obtained(alive, _how(alive.id, mine, seen))
            else:
                made = await self._begun(user_id, found, reason, now, mine)
                if made is not None:
                    return made
            seen = seen or (found.id if found is not None else "")
        raise SessionConflict(f"no session could be obtained in {_ROUNDS} rounds; try again")

    async def _look(self, user_id: str, *, whole: bool) -> tuple[Session | None, ZoneInfo]:
        """The active session and the user's time zone; without `whole` the latter only where the policy asks for it.

        Then nobody has looked yet whether there is such a user: a new session begins from the user's own row, or not at all, and the
        next turn looks at the whole.
        """
        if whole or self._policy.boundaries:
            found, zone = await self._work.read(lambda stores: stores.sessions.active_of(user_id))
            return found, self._zone(user_id, zone) if self._policy.boundaries else _UTC
        return await self._work.read(lambda stores: stores.sessions.in_use(user_id)), _UTC

    def _zone(self, user_id: str, name: str) -> ZoneInfo:
        """The time zone of that name. Others write to the table, too: with one that is none, boundaries are those of UTC."""
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # no such name, or that of something else beside the zones
            log(_LOG, logging.WARNING, "a user's time zone is none; UTC is taken", user=hashed(user_id), time_zone=name[:_SHOWN])
            self._metrics.unknown_zone()
            return _UTC

    async def _touched(self, session: Session, now: datetime) -> Session | None:
        """The session with its activity noted, at most once in the slack; None when it has ended since the look: look again."""
        before = now - self._policy.touch_slack
        if session.last_activity_at >= before:
            return session
        if await self._work.apply(lambda stores: stores.sessions.touch(session.id, now, before)):
            return replace(session, last_activity_at=now)
        fresh = await self._work.read(lambda stores: stores.sessions.by_id(session.id))
        return fresh if fresh is not None and fresh.active else None

    async def _begun(self, user_id: str, expired: Session | None, reason: Reason | None, now: datetime, mine: list[str]) -> Obtained | None:
        """A new session, in place of the expired one if there is one; None when somebody else was faster, and nothing is changed."""

        def obtained(made: Started | None) -> Obtained | None:
            return None if made is None else Obtained(made[0], Outcome.CREATED if reason is None else Outcome.ROTATED, reason, made[1])

        async def create(stores: Stores) -> Obtained | None:
            mine.append(str(uuid4()))
            return obtained(await stores.sessions.start(mine[-1], user_id, now))

        async def rotate(stores: Stores) -> Obtained | None:
            assert expired is not None
            assert reason is not None
            if await stores.sessions.end(expired, Status.ENDED, reason, now) is None:
                return None  # somebody ended or touched it since
            mine.append(str(uuid4()))
            made = obtained(await stores.sessions.start(mine[-1], user_id, now))
            if made is None:
                raise _LostRace  # what was ended in this transaction comes back: only who also starts may end
            return made

        with suppress(_LostRace):
            return await (self._work.apply(create) if expired is None else self._work.write(rotate))
        return None

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
        found = await self.session(session_id, user_id)
        if not found.active:
            return found
        now = self._clock()
        ended = await self._work.apply(lambda stores: stores.sessions.end(found, status, reason, now, unseen=True))
        if ended is None:
            return await self.session(session_id, user_id)  # somebody else has ended it since
        self._metrics.ended(reason)
        return ended

    async def lost_talk(self, stores: Stores, user: User, held: str) -> Session | None:
        """Another session of the user, which holds the context that the one held now should have; None when there is none.

        By the policy the user is still in it: that it is not the one held now is the loss (a second active session, a rotation that
        nothing asked for). For who wanted the context of a session and found none.
        """
        found = await stores.sessions.talk_before(user.id, held)
        lost = found is not None and should_last(found, self._clock(), self._zone(user.id, user.time_zone), self._policy)
        return found if lost else None

    async def history(self, user_id: str, many: int = 20) -> tuple[Session, ...]:
        """The latest sessions of a user, newest first, linked by `previous_id`."""
        return await self._work.read(lambda stores: stores.sessions.history(user_id, many))


def _how(session_id: str, mine: list[str], seen: str | None) -> Outcome:
    """How a live session that was found was obtained: `seen` is what the first look saw, "" for none, None when this is the first."""
    if session_id in mine:
        return Outcome.CREATED
    return Outcome.REUSED if seen is None or seen == session_id else Outcome.ADOPTED
