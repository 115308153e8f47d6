"""Sessions and when they end: pure values and one pure function. Time is passed in, always with a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Status(StrEnum):
    """The states of a session. `ended` and `escalated` are terminal."""

    ACTIVE = "active"
    ENDED = "ended"
    ESCALATED = "escalated"


class Reason(StrEnum):
    """Why a session ended."""

    IDLE = "idle"
    LIFETIME = "lifetime"
    BOUNDARY = "boundary"
    CLOSED = "closed"  # by the user, or by the application for the user
    ESCALATED = "escalated"
    DUPLICATE = "duplicate"  # by the migration that brought the unique index


class Outcome(StrEnum):
    """How a session was obtained."""

    REUSED = "reused"  # it was there and alive
    CREATED = "created"  # there was none
    ROTATED = "rotated"  # the one that was there had expired: it was ended, and this one follows it
    ADOPTED = "adopted"  # somebody else made it between our look and our insert


@dataclass(frozen=True, slots=True)
class Boundary:
    """A local time of day at which a new session begins, for example Boundary("morning", time(6))."""

    name: str
    at: time


@dataclass(frozen=True, slots=True)
class Policy:
    """When a session ends by itself. `idle`: since the last activity; `lifetime`: since the start, None for no limit.

    `touch_slack`: how old the stored last activity may become before it is written again; idle expiry is late or early by
    at most this much.
    """

    idle: timedelta = timedelta(hours=7)
    lifetime: timedelta | None = timedelta(days=7)
    boundaries: tuple[Boundary, ...] = ()
    touch_slack: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation session, as stored. Times are in UTC. `epoch` fences writers: it grows when the session's meaning changes."""

    id: str
    user_id: str
    status: Status
    epoch: int
    started_at: datetime
    last_activity_at: datetime
    context: str | None = None
    ended_at: datetime | None = None
    reason: Reason | None = None
    previous_id: str | None = None

    @property
    def active(self) -> bool:
        """Whether it can be used."""
        return self.status is Status.ACTIVE


@dataclass(frozen=True, slots=True)
class Obtained:
    """The answer of get-or-create: the session, how it was obtained, and why the one before it ended, if it did now.

    `previous_age`: of a new session, how long before it the user's previous one began, by the rows of both; None when there was none, or
    when somebody had asked for its end.
    """

    session: Session
    outcome: Outcome
    rotated: Reason | None = None
    previous_age: timedelta | None = None


def expiry(session: Session, now: datetime, zone: ZoneInfo, policy: Policy) -> Reason | None:
    """Why the session is over at `now`, or None while it lives.

    The order is lifetime, idle, boundary. A clock that runs backwards ends nothing. A boundary ends a session when its instant lies
    after the last activity and not after `now`: hours are never compared, so each boundary splits at most once (R3).
    """
    if policy.lifetime is not None and now - session.started_at >= policy.lifetime:
        return Reason.LIFETIME
    if now - session.last_activity_at >= policy.idle:
        return Reason.IDLE
    if any(crossed(boundary, session.last_activity_at, now, zone) for boundary in policy.boundaries):
        return Reason.BOUNDARY
    return None


def should_last(session: Session, now: datetime, zone: ZoneInfo, policy: Policy) -> bool:
    """Whether the user has a right to find the session at `now`: nobody asked for its end, and by the policy it lives.

    A session that has ended although this is true was lost, and its context with it.
    """
    return session.reason not in {Reason.CLOSED, Reason.ESCALATED} and expiry(session, now, zone, policy) is None


def crossed(boundary: Boundary, last: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Whether an instant of the boundary lies after `last` and not after `now`."""
    day = last.astimezone(zone).date() - timedelta(days=1)
    end = now.astimezone(zone).date() + timedelta(days=1)  # where clocks go back over midnight, tomorrow has begun before
    while day <= end:
        # fold=0: of a local time that comes twice the first; one that is skipped stands for the instant it would have been
        instant = datetime.combine(day, boundary.at, tzinfo=zone).astimezone(UTC)
        if last < instant <= now:
            return True
        day += timedelta(days=1)
    return False


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who writes messages. `phone` is in E.164 form: "+33612345678"."""

    id: str
    phone: str
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Task:
    """Work of one user in one project."""

    id: str
    user_id: str
    project: str
    title: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class ProgressUpdate:
    """The one report of progress a user may be in the middle of. `epoch` grows each time another one begins, and fences its writers."""

    id: str
    user_id: str
    task_id: str
    epoch: int
    step: str
    images_uploaded: int
    comments_added: int
    status_changed: bool
    started_at: datetime
    expires_at: datetime
