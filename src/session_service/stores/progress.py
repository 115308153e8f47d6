"""The statements on progress updates: one row for each user, replaced as a whole when another update begins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.dialect import Dialect
from session_service.domain import ProgressUpdate
from session_service.tables import progress

FIRST_STEP = "awaiting_action"

_OF = select(*progress.c).where(progress.c.subcontractor_id == bindparam("user_id"))
_FENCED = (
    update(progress)
    .where(
        progress.c.subcontractor_id == bindparam("user_id"),
        progress.c.epoch == bindparam("known"),
        progress.c.expires_at > bindparam("now"),
    )
    .returning(*progress.c)
)
_END = _FENCED.values(step="ended", expires_at=bindparam("now"))


class Counted(StrEnum):
    """What a progress update counts: columns that only ever grow by one, in SQL (R10)."""

    IMAGES = "images_uploaded"
    COMMENTS = "comments_added"


_COUNT = {name: _FENCED.values({name.value: progress.c[name.value] + 1, "expires_at": bindparam("until")}) for name in Counted}
_CHANGED = _FENCED.values(status_changed=True, expires_at=bindparam("until"))


class ProgressStore:
    """The progress updates of users, on one connection. A row is never deleted: its epoch must keep growing."""

    def __init__(self, db: AsyncConnection, dialect: Dialect) -> None:
        self._db = db
        self._dialect = dialect

    async def start(self, user_id: str, task_id: str, now: datetime, until: datetime) -> ProgressUpdate:
        """A new update in place of the one there was, in one statement: every column begins anew and the epoch grows (R9)."""
        fresh: dict[str, Any] = {
            "id": str(uuid4()),
            "task_id": task_id,
            "step": FIRST_STEP,
            "images_uploaded": 0,
            "comments_added": 0,
            "status_changed": False,
            "started_at": now,
            "expires_at": until,
        }
        replaced = self._dialect.insert_or_replace(progress, ["subcontractor_id"], {**fresh, "epoch": progress.c.epoch + 1})
        return update_of((await self._db.execute(replaced.values(subcontractor_id=user_id, epoch=1, **fresh))).one())

    async def of(self, user_id: str) -> ProgressUpdate | None:
        """The last update of a user, be it over or not; None when there never was one."""
        row = (await self._db.execute(_OF, {"user_id": user_id})).one_or_none()
        return None if row is None else update_of(row)

    async def count(self, update: ProgressUpdate, what: Counted, now: datetime, until: datetime) -> ProgressUpdate | None:
        """One more; None when the update is over, or another one has begun."""
        return await self._fenced(_COUNT[what], update, now, until)

    async def change_status(self, update: ProgressUpdate, now: datetime, until: datetime) -> ProgressUpdate | None:
        """Notes that the task's status was changed; None when the update is over, or another one has begun."""
        return await self._fenced(_CHANGED, update, now, until)

    async def end(self, update: ProgressUpdate, now: datetime) -> ProgressUpdate | None:
        """Ends the update; None when it is over, or another one has begun."""
        values = {"user_id": update.user_id, "known": update.epoch, "now": now}
        row = (await self._db.execute(_END, values)).one_or_none()
        return None if row is None else update_of(row)

    async def _fenced(self, statement: Any, update: ProgressUpdate, now: datetime, until: datetime) -> ProgressUpdate | None:
        values = {"user_id": update.user_id, "known": update.epoch, "now": now, "until": until}
        row = (await self._db.execute(statement, values)).one_or_none()
        return None if row is None else update_of(row)


def update_of(row: Row[Any]) -> ProgressUpdate:
    """The progress update in a row of the table."""
    return ProgressUpdate(
        id=row.id,
        user_id=row.subcontractor_id,
        task_id=row.task_id,
        epoch=row.epoch,
        step=row.step,
        images_uploaded=row.images_uploaded,
        comments_added=row.comments_added,
        status_changed=row.status_changed,
        started_at=row.started_at,
        expires_at=row.expires_at,
    )
