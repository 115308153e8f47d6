"""The session of one request: obtained once at the edge, and passed down from there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from session_service.domain import Outcome, Session
from session_service.errors import RepeatedFetch, SessionStale
from session_service.metrics import Metrics
from session_service.service import SessionService


@dataclass(frozen=True, slots=True)
class RequestSession:
    """What everything below the edge is given, and needs: whose session, which one, and the epoch that fences what it writes."""

    user_id: str
    session_id: str
    epoch: int
    outcome: Outcome


class RequestScope:
    """The way of one request to its session. Make one at the edge, `close` it at the end."""

    def __init__(self, service: SessionService, metrics: Metrics, *, strict: bool = False) -> None:
        """`strict`: a second look raises RepeatedFetch instead of being answered from the first one."""
        self._service = service
        self._metrics = metrics
        self._strict = strict
        self._handle: RequestSession | None = None
        self._fetches = 0
        self._lane = asyncio.Lock()  # tasks of one request that ask at once: the second one waits for the handle of the first

    async def session(self, user_id: str, expected: str | None = None) -> RequestSession:
        """The session of the request. `expected` is the id that the caller believes to be in.

        Raises SessionNotFound when `expected` is not a session of this user, SessionStale when it is over (R8), RepeatedFetch, and what
        SessionService.get_or_create_session raises.
        """
        async with self._lane:
            if self._handle is not None:
                return self._repeated(self._handle, user_id)
            if expected is not None:
                await self._live(expected, user_id)
            self._fetches += 1
            obtained = await self._service.get_or_create_session(user_id)
            if expected is not None and obtained.session.id != expected:
                raise SessionStale("the session has expired; another one has begun")
            self._handle = RequestSession(user_id, obtained.session.id, obtained.session.epoch, obtained.outcome)
            return self._handle

    def renew(self) -> None:
        """Forgets the handle: its session has ended while the request was at work, which therefore begins anew."""
        self._handle = None

    def close(self) -> None:
        """The request is over."""
        self._metrics.request_done(self._fetches)

    def _repeated(self, handle: RequestSession, user_id: str) -> RequestSession:
        self._metrics.repeated_fetch()
        if self._strict or handle.user_id != user_id:
            raise RepeatedFetch("this request has its session already: pass the handle on")
        return handle

    async def _live(self, session_id: str, user_id: str) -> None:
        found: Session = await self._service.session(session_id, user_id)
        if not found.active:
            raise SessionStale("the session is over; send the message without its id to begin another one")
