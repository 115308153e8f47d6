"""Other ways to obtain a session, on the driver, the engine and the pool of the service: what it is compared with."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from session_service.engine import Database
from session_service.stores.sessions import session_of
from session_service.tables import ACTIVE, events, sessions

Get = Callable[[str], Awaitable[str]]  # the id of the session of a user
_FIND = select(*sessions.c).where(sessions.c.subcontractor_id == bindparam("user_id"), text(ACTIVE))
_FIRST_WAIT, _LONGEST_WAIT = 0.005, 0.25  # seconds, as in the unit of work of the service
_INSERT, _NOTE = insert(sessions), insert(events)
_UPSERT = upsert(sessions)
_UPSERTED = _UPSERT.on_conflict_do_update(
    index_elements=["subcontractor_id"], index_where=text(ACTIVE), set_={"last_activity_at": _UPSERT.excluded.last_activity_at}
).returning(*sessions.c)


def naive(database: Database) -> Get:
    """Select; insert when there is none; on a unique violation select again. Each statement for itself: no BEGIN, no audit row."""

    async def get(user: str) -> str:
        async with database.reading.connect() as db:
            found = await _found(db, user)
            if found is not None:
                return found
            row = _row(user)
            try:
                await db.execute(_INSERT, row)
            except IntegrityError:
                return str(await _found(db, user))
            return str(row["id"])

    return get


def naive_audited(database: Database) -> Get:
    """The same with the audit row of the service, so both in one transaction (on SQLite: BEGIN IMMEDIATE)."""

    async def get(user: str) -> str:
        async with database.reading.connect() as db:
            found = await _found(db, user)
        if found is not None:
            return found
        row = _row(user)
        try:
            async with database.engine.begin() as db:
                await db.execute(_INSERT, row)
                await db.execute(_NOTE, {"id": str(uuid4()), "session_id": row["id"], "kind": "started", "at": row["started_at"]})
        except IntegrityError:
            async with database.reading.connect() as db:
                return str(await _found(db, user))
        return str(row["id"])

    return get


def in_transaction(database: Database) -> Get:
    """The naive one as applications mostly have it: every call a transaction (not on SQLite, where that would lock)."""

    async def get(user: str) -> str:
        try:
            async with database.engine.begin() as db:
                found = await _found(db, user)
                if found is not None:
                    return found
                row = _row(user)
                await db.execute(_INSERT, row)
            return str(row["id"])
        except IntegrityError:
            async with database.engine.begin() as db:
                return str(await _found(db, user))

    return get


def upserting(database: Database) -> Get:
    """`ON CONFLICT DO UPDATE` alone: one statement, which always writes."""

    async def get(user: str) -> str:
        async with database.reading.connect() as db:
            return session_of((await db.execute(_UPSERTED, _row(user))).one()).id

    return get


def serializable(database: Database, *, waits: bool = True) -> Get:
    """Select and insert in a SERIALIZABLE transaction; who loses begins again: after the wait of the service (`waits`), or at once."""
    engine = database.engine.execution_options(isolation_level="SERIALIZABLE")

    async def once(user: str) -> str:
        async with engine.begin() as db:
            found = await _found(db, user)
            if found is not None:
                return found
            row = _row(user)
            await db.execute(_INSERT, row)
        return str(row["id"])

    async def get(user: str) -> str:
        for attempt in count():
            try:
                return await once(user)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in ("40001", "23505"):
                    raise
            if waits:
                await asyncio.sleep(random.random() * min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt))
        raise AssertionError

    return get


async def _found(db: AsyncConnection, user: str) -> str | None:
    row = (await db.execute(_FIND, {"user_id": user})).one_or_none()
    return None if row is None else session_of(row).id


def _row(user: str) -> dict[str, object]:
    now = datetime.now(UTC)
    return {"id": str(uuid4()), "subcontractor_id": user, "status": "active", "started_at": now, "last_activity_at": now}
