"""The statements on sessions: SQL only, on a connection that is given. Nothing here begins or commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, func, insert, literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.dialect import Dialect
from session_service.domain import Reason, Session, Status
from session_service.errors import UnknownUser
from session_service.tables import ACTIVE, events, sessions, users

# built once: putting a statement together costs more than the database takes to answer it
_ACTIVE_OF = (
    select(users.c.time_zone, *sessions.c)
    .select_from(users.outerjoin(sessions, (sessions.c.subcontractor_id == users.c.id) & literal_column(f"conversation_sessions.{ACTIVE}")))
    .where(users.c.id == bindparam("user_id"))
)
_BY_ID = select(*sessions.c).where(sessions.c.id == bindparam("session_id"))
_HISTORY = (
    select(*sessions.c)
    .where(sessions.c.subcontractor_id == bindparam("user_id"))
    .order_by(sessions.c.started_at.desc(), sessions.c.id.desc())
    .limit(bindparam("many"))
)
_TOUCH = (
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"), text(ACTIVE), sessions.c.last_activity_at < bindparam("before"))
    .values(last_activity_at=bindparam("now"))
)
_DUPLICATES = select(func.count()).select_from(
    select(sessions.c.subcontractor_id).where(text(ACTIVE)).group_by(sessions.c.subcontractor_id).having(func.count() > 1).subquery()
)


class SessionStore:
    """Sessions and their audit rows, on one connection."""

    def __init__(self, db: AsyncConnection, dialect: Dialect) -> None:
        self._db = db
        self._dialect = dialect

    async def active_of(self, user_id: str) -> tuple[Session | None, ZoneInfo]:
        """The active session of a user, if any, and the user's time zone. Raises UnknownUser."""
        row = (await self._db.execute(_ACTIVE_OF, {"user_id": user_id})).one_or_none()
        if row is None:
            raise UnknownUser("there is no user by that id")
        return (None if row.id is None else session_of(row)), ZoneInfo(row.time_zone)

    async def latest_of(self, user_id: str) -> Session | None:
        """The session of a user that began last, in any state."""
        return next(iter(await self.history(user_id, 1)), None)

    async def start(self, user_id: str, now: datetime, previous: Session | None) -> Session | None:
        """A new active session; None when somebody else has made one: the index on active sessions decides."""
        statement = self._dialect.insert_or_nothing(sessions, ["subcontractor_id"], where=ACTIVE).values(
            id=str(uuid4()),
            subcontractor_id=user_id,
            status=Status.ACTIVE.value,
            epoch=1 if previous is None else previous.epoch + 1,
            started_at=now,
            last_activity_at=now,
            previous_id=None if previous is None else previous.id,
        )
        row = (await self._db.execute(statement)).one_or_none()
        if row is None:
            return None
        made = session_of(row)
        await self.note(made.id, "started", None, now)
        return made

    async def end(self, session: Session, status: Status, reason: Reason, now: datetime, *, unseen: bool = False) -> bool:
        """Ends one active session; False when it had ended already. With `unseen` a touch since it was read saves it."""
        statement = update(sessions).where(sessions.c.id == session.id, text(ACTIVE))
        if not unseen:
            statement = statement.where(sessions.c.last_activity_at == session.last_activity_at)
        done = await self._db.execute(statement.values(status=status.value, ended_at=now, end_reason=reason.value))
        if done.rowcount != 1:
            return False
        await self.note(session.id, status.value, reason, now)
        return True

    async def touch(self, session_id: str, now: datetime, before: datetime) -> bool:
        """Notes activity of an active session last seen before `before`. Never makes or revives one (P7)."""
        return (await self._db.execute(_TOUCH, {"session_id": session_id, "now": now, "before": before})).rowcount == 1

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

    async def note(self, session_id: str, kind: str, reason: Reason | None, at: datetime) -> None:
        """The audit row of a transition (R17)."""
        values = {"id": str(uuid4()), "session_id": session_id, "kind": kind, "reason": None if reason is None else reason.value, "at": at}
        await self._db.execute(insert(events), values)


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
