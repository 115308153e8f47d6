"""The statements of a turn of talk: the messages of a session, and what the session is about."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.domain import Session
from session_service.stores.sessions import session_of
from session_service.tables import ACTIVE, messages, sessions

INBOUND, OUTBOUND = "inbound", "outbound"

# FOR NO KEY UPDATE on PostgreSQL; SQLite's transaction holds the whole file, and the clause is left out
_HOLD = (
    select(*sessions.c)
    .where(
        sessions.c.id == bindparam("session_id"),
        sessions.c.subcontractor_id == bindparam("user_id"),
        sessions.c.epoch == bindparam("known"),
        text(ACTIVE),
    )
    .with_for_update(key_share=True)
)
_TALK_OF = (
    update(sessions)
    .where(sessions.c.id == bindparam("session_id"), sessions.c.epoch == bindparam("known"), text(ACTIVE))
    .values(context=bindparam("about"))
)
_ADD = insert(messages)
_KEPT = select(messages.c.id).where(messages.c.id == bindparam("message_id"))
_OF = (
    select(messages.c.direction, messages.c.body)
    .where(messages.c.session_id == bindparam("session_id"))
    .order_by(messages.c.created_at, messages.c.direction)
)


class MessageStore:
    """Messages and the context of sessions, on one connection."""

    def __init__(self, db: AsyncConnection) -> None:
        self._db = db

    async def hold(self, session_id: str, user_id: str, epoch: int) -> Session | None:
        """The session as it is now, held until the transaction ends, so that turns of one session follow each other.

        None when it is not active any more, is another user's, or has another epoch.
        """
        row = (await self._db.execute(_HOLD, {"session_id": session_id, "user_id": user_id, "known": epoch})).one_or_none()
        return None if row is None else session_of(row)

    async def set_context(self, session_id: str, epoch: int, about: str) -> bool:
        """What an active session is about from now on; False when it has ended or has another epoch."""
        done = await self._db.execute(_TALK_OF, {"session_id": session_id, "known": epoch, "about": about})
        return done.rowcount == 1

    async def add(self, session_id: str, direction: str, body: str, now: datetime, message_id: str = "") -> None:
        """Keeps a message, by that id if one is given."""
        values = {"id": message_id or str(uuid4()), "session_id": session_id, "direction": direction, "body": body, "created_at": now}
        await self._db.execute(_ADD, values)

    async def kept(self, message_id: str) -> bool:
        """Whether a message by that id was kept."""
        return (await self._db.execute(_KEPT, {"message_id": message_id})).one_or_none() is not None

    async def of(self, session_id: str) -> tuple[tuple[str, str], ...]:
        """The messages of a session, direction and text, as they came."""
        rows = await self._db.execute(_OF, {"session_id": session_id})
        return tuple((row.direction, row.body) for row in rows)
