"""The statements on sessions: SQL only, on a connection that is given. Nothing here begins or commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, bindparam, func, insert, literal, literal_column, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.dialect import Dialect
from session_service.domain import Reason, Session, Status
from session_service.errors import UnknownUser
from session_service.tables import ACTIVE, Instant, events, sessions, users

# and how long before it the user's previous session began, if there is one and nobody asked for its end
Started = tuple[Session, timedelta | None]

# built once: putting a statement together costs more than the database takes to answer it
_ACTIVE_OF = (
    select(users.c.time_zone, *sessions.c)
    .select_from(users.outerjoin(sessions, (sessions.c.subcontractor_id == users.c.id) & literal_column(f"conversation_sessions.{ACTIVE}")))
    .where(users.c.id == bindparam("user_id"))
)
_IN_USE = select(*sessions.c).where(sessions.c.subcontractor_id == bindparam("user_id"), text(ACTIVE))
_BY_ID = select(*sessions.c).where(sessions.c.id == bindparam("session_id"))
_HISTORY = (
    select(*sessions.c)
    .where(sessions.c.subcontractor_id == bindparam("user_id"))
    .order_by(sessions.c.started_at.desc(), sessions.c.epoch.desc(), sessions.c.id.desc())
    .limit(bindparam("many"))
)
_TALK_BEFORE = (
    select(*sessions.c)
    .where(sessions.c.subcontractor_id == bindparam("user_id"), sessions.c.id != bindparam("held"), sessions.c.context.is_not(None))
    .order_by(sessions.c.last_activity_at.desc(), sessions.c.id)
    .limit(1)
)
_TOUCH = (
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"), text(ACTIVE), sessions.c.last_activity_at < bindparam("before"))
    .values(last_activity_at=bindparam("at"))
)
_END = (
    update(sessions)
    .where(sessions.c.id == bindparam("session"), text(ACTIVE))
    .values(status=bindparam("to_status"), ended_at=bindparam("at"), end_reason=bindparam("why"))
    .returning(*sessions.c)
)
_END_UNTOUCHED = _END.where(sessions.c.last_activity_at == bindparam("seen"))
_END_ALL = (
    update(sessions)
    .where(sessions.c.id.in_(bindparam("ids", expanding=True)), text(ACTIVE))
    .values(status=bindparam("to_status"), ended_at=bindparam("at"), end_reason=bindparam("why"))
    .returning(sessions.c.id)
)
_OVER = or_(sessions.c.last_activity_at <= bindparam("idle_since"), sessions.c.started_at <= bindparam("started_before"))
_OVERDUE = select(sessions.c.id).where(text(ACTIVE), _OVER).limit(bindparam("many"))
# whoever is at one of them already is passed over: two sweepers share the work, and none of them waits for a request
_STILL_OVERDUE = (
    select(*sessions.c)
    .where(sessions.c.id.in_(bindparam("ids", expanding=True)), text(ACTIVE), _OVER)
    .order_by(sessions.c.id)
    .with_for_update(skip_locked=True)
)
_DUPLICATES = select(func.count()).select_from(
    select(sessions.c.subcontractor_id).where(text(ACTIVE)).group_by(sessions.c.subcontractor_id).having(func.count() > 1).subquery()
)


def _note(kind: str, reason: Reason | None, at: datetime) -> dict[str, Any]:
    return {"note": str(uuid4()), "kind": kind, "reason": None if reason is None else reason.value, "at": at}


def _started(row: Any, now: datetime) -> Started | None:
    if row is None:
        return None
    return session_of(row), None if row.before is None else now - row.before


class SessionStore:
    """Sessions and their audit rows, on one connection. `start` and `end` are atomic by themselves (see `UnitOfWork.apply`)."""

    def __init__(self, db: AsyncConnection, dialect: Dialect) -> None:
        self._db = db
        self._dialect = dialect

    async def active_of(self, user_id: str) -> tuple[Session | None, str]:
        """The active session of a user, if any, and the name of the user's time zone. Raises UnknownUser."""
        row = (await self._db.execute(_ACTIVE_OF, {"user_id": user_id})).one_or_none()
        if row is None:
            raise UnknownUser("there is no user by that id")
        return (None if row.id is None else session_of(row)), row.time_zone

    async def in_use(self, user_id: str) -> Session | None:
        """The active session of a user, if there is such a user and one of theirs: what is asked most of all."""
        row = (await self._db.execute(_IN_USE, {"user_id": user_id})).one_or_none()
        return None if row is None else session_of(row)

    async def start(self, session_id: str, user_id: str, now: datetime) -> Started | None:
        """A new active session by that id, linked to the user's latest, and how long before it that one began, if there is one.

        None when there is an active session: the index decides (R2).
        """
        values = {"session": session_id, "user_id": user_id}
        return _started(await self._noted(_start(self._dialect), values, _note("started", None, now)), now)

    async def end(self, session: Session, status: Status, reason: Reason, now: datetime, *, unseen: bool = False) -> Session | None:
        """Ends one active session; None when it had ended already. Without `unseen` a touch since it was read saves it."""
        values: dict[str, object] = {"session": session.id, "to_status": status.value, "why": reason.value}
        if not unseen:
            values["seen"] = session.last_activity_at
        row = await self._noted(_END if unseen else _END_UNTOUCHED, values, _note(status.value, reason, now))
        return None if row is None else session_of(row)

    async def end_all(self, session_ids: Sequence[str], reason: Reason, now: datetime) -> int:
        """Ends those of the sessions that are still active, in a transaction of the caller; how many those were."""
        values = {"ids": session_ids, "to_status": Status.ENDED.value, "why": reason.value, "at": now}
        ended = (await self._db.execute(_END_ALL, values)).scalars().all()
        notes = [{"note": str(uuid4()), "of": one, "kind": Status.ENDED.value, "reason": reason.value, "at": now} for one in ended]
        if notes:
            await self._db.execute(_NOTE, notes)
        return len(notes)

    async def talk_before(self, user_id: str, held: str) -> Session | None:
        """The session with a context that the user was last in, other than the one held now."""
        row = (await self._db.execute(_TALK_BEFORE, {"user_id": user_id, "held": held})).one_or_none()
        return None if row is None else session_of(row)

    async def touch(self, session_id: str, now: datetime, before: datetime) -> bool:
        """Notes activity of an active session last seen before `before`. Never makes or revives one (P7)."""
        return (await self._db.execute(_TOUCH, {"session_id": session_id, "at": now, "before": before})).rowcount == 1

    async def overdue(self, idle_since: datetime, started_before: datetime, many: int) -> tuple[str, ...]:
        """The ids of active sessions not used since `idle_since`, or not started after `started_before`."""
        values = {"idle_since": idle_since, "started_before": started_before, "many": many}
        return tuple((await self._db.execute(_OVERDUE, values)).scalars())

    async def still_overdue(self, ids: Sequence[str], idle_since: datetime, started_before: datetime) -> tuple[Session, ...]:
        """Those of the sessions that are still so; nobody changes them in our transaction."""
        values = {"ids": ids, "idle_since": idle_since, "started_before": started_before}
        return tuple(session_of(row) for row in await self._db.execute(_STILL_OVERDUE, values))

    async def by_id(self, session_id: str) -> Session | None:
        """A session in any state; None when there is none by that id."""
        row = (await self._db.execute(_BY_ID, {"session_id": session_id})).one_or_none()
        return None if row is None else session_of(row)

    async def history(self, user_id: str, many: int) -> tuple[Session, ...]:
        """The latest sessions of a user, newest first."""
        return tuple(session_of(row) for row in await self._db.execute(_HISTORY, {"user_id": user_id, "many": many}))

    async def duplicates(self) -> int:
        """How many users have more than one active session: 0 as long as the index stands."""
        return int((await self._db.execute(_DUPLICATES)).scalar_one())

    async def _noted(self, change: Any, values: dict[str, Any], note: dict[str, Any]) -> Row[Any] | None:
        """The row that a statement has changed, if any, with the audit row of the transition (R17): together, or not at all."""
        if self._dialect.compound:
            return (await self._db.execute(_with_note(change), values | note)).one_or_none()
        row = (await self._db.execute(change, values | {"at": note["at"]})).one_or_none()
        if row is not None:
            await self._db.execute(_NOTE, note | {"of": row.id})
        return row


# as text: SQLAlchemy does not name the table of a column in RETURNING, and here it must be named
_LINKED = (
    "(SELECT link.started_at FROM conversation_sessions AS link WHERE link.id = conversation_sessions.previous_id"
    " AND (link.end_reason IS NULL OR link.end_reason NOT IN ('closed', 'escalated')))"
)
_NOTE = insert(events).values(
    id=bindparam("note"), session_id=bindparam("of"), kind=bindparam("kind"), reason=bindparam("reason"), at=bindparam("at")
)


@cache
def _with_note(change: Any) -> Any:
    changed = change.cte("changed")
    columns = (
        bindparam("note", type_=events.c.id.type),
        changed.c.id,
        bindparam("kind", type_=events.c.kind.type),
        bindparam("reason", type_=events.c.reason.type),
        bindparam("at", type_=Instant),
    )
    noted = insert(events).from_select(["id", "session_id", "kind", "reason", "at"], select(*columns)).cte("noted")
    return select(*changed.c).add_cte(noted)


@cache
def _start(dialect: Dialect) -> Any:
    latest = sessions.alias("latest")
    before = (
        select(latest.c.id, latest.c.epoch)
        .where(latest.c.subcontractor_id == bindparam("user_id"))
        .order_by(latest.c.epoch.desc(), latest.c.started_at.desc(), latest.c.id.desc())
        .limit(1)
        .subquery("before")
    )
    at = bindparam("at", type_=Instant)
    row = (
        select(
            bindparam("session", type_=sessions.c.id.type),
            users.c.id,
            literal_column(f"'{Status.ACTIVE.value}'"),
            func.coalesce(before.c.epoch, literal(0)) + literal(1),
            at,
            at,
            before.c.id,
        )
        .select_from(users.outerjoin(before, literal_column("1=1")))
        .where(users.c.id == bindparam("user_id"))
    )
    names = ["id", "subcontractor_id", "status", "epoch", "started_at", "last_activity_at", "previous_id"]
    unless_taken = dialect.insert_or_nothing(sessions, ["subcontractor_id"], where=ACTIVE).from_select(names, row)
    return unless_taken.returning(literal_column(_LINKED, Instant).label("before"))


def session_of(row: Row[Any]) -> Session:
    """The session in a row of the table."""
    return Session(
        id=row.id,
        user_id=row.subcontractor_id,
        status=Status(row.status),
        epoch=row.epoch,
        started_at=row.started_at,
        last_activity_at=row.last_activity_at,
        context=row.context,
        ended_at=row.ended_at,
        reason=None if row.end_reason is None else Reason(row.end_reason),
        previous_id=row.previous_id,
    )
