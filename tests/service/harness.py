"""What the tests of the service share: a schema, users, a running service with a clock that can be set, and what a database holds."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select

from session_service.domain import Policy, Session
from session_service.engine import Database, connect
from session_service.metrics import Metrics
from session_service.service import SessionService
from session_service.stores.sessions import session_of
from session_service.tables import events, metadata, sessions, users
from session_service.unit_of_work import UnitOfWork

NOON = datetime(2026, 1, 17, 12, 0, tzinfo=UTC)
PATIENCE = 60.0  # seconds of retries for an operation whose test is not about giving up: a loaded machine makes nothing fail
SERVER = "SESSION_SERVICE_TEST_SERVER"  # set: the URL of a PostgreSQL server to use, in place of one started for the run
DEAD = "SESSION_SERVICE_TEST_DEAD"  # set: `database_url` leads nowhere, `healthy_url` still to the database


class SettableClock:
    """A clock that stands still until it is told to move. It is called for the time."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        """Moves on by `timedelta(**span)`."""
        self.now += timedelta(**span)
        return self.now


@dataclass(frozen=True, slots=True)
class Running:
    """The service on one database. `service` is the use case under test; the rest is what it was made of."""

    service: SessionService
    work: UnitOfWork
    database: Database
    metrics: Metrics
    clock: SettableClock
    policy: Policy


@asynccontextmanager
async def running(
    url: str, *, policy: Policy | None = None, clock: SettableClock | None = None, budget: float = PATIENCE, pool_size: int = 10
) -> AsyncIterator[Running]:
    """A service on the database of the URL; its connections are closed at the end."""
    database, metrics, chosen, clock = connect(url, pool_size), Metrics(), policy or Policy(), clock or SettableClock()
    work = UnitOfWork(database, metrics, 0.2 if dead() else budget)
    try:
        yield Running(SessionService(work, metrics, chosen, clock), work, database, metrics, clock, chosen)
    finally:
        await database.close()


async def create_schema(url: str) -> None:
    """All tables, on an empty database."""
    database = connect(url)
    try:
        async with database.engine.begin() as db:
            await db.run_sync(metadata.create_all)
    finally:
        await database.close()


async def add_users(url: str, many: int, time_zone: str = "UTC") -> list[str]:
    """New users; their ids."""
    database = connect(url, 1)
    try:
        made = [str(uuid4()) for _ in range(many)]
        async with database.engine.begin() as db:
            await db.execute(insert(users), [{"id": user, "phone": user, "name": "", "time_zone": time_zone} for user in made])
        return made
    finally:
        await database.close()


async def add_user(url: str, time_zone: str = "UTC") -> str:
    """One new user; the id."""
    return (await add_users(url, 1, time_zone))[0]


async def stored_sessions(url: str, user_ids: Sequence[str]) -> list[Session]:
    """All sessions of the users as the database has them, in the order in which they began."""
    rows = await rows_of(
        url, select(*sessions.c).where(sessions.c.subcontractor_id.in_(user_ids)).order_by(sessions.c.epoch, sessions.c.id)
    )
    return [session_of(row) for row in rows]


async def stored_events(url: str, session_id: str) -> list[tuple[str, str | None]]:
    """The audit rows of a session: kind and reason, in the order of time."""
    statement = select(events.c.kind, events.c.reason).where(events.c.session_id == session_id).order_by(events.c.at, events.c.kind.desc())
    return [(row.kind, row.reason) for row in await rows_of(url, statement)]


async def users_with_duplicates(url: str) -> int:
    """How many users have more than one active session, asked without the service."""
    counted = select(func.count()).where(sessions.c.status == "active").group_by(sessions.c.subcontractor_id).having(func.count() > 1)
    return len(await rows_of(url, counted))


async def rows_of(url: str, statement: Any) -> Sequence[Any]:
    """The rows of a statement, on a connection of its own."""
    database = connect(url, 1)
    try:
        async with database.reading.connect() as db:
            return (await db.execute(statement)).all()
    finally:
        await database.close()


def dead() -> bool:
    """Whether this run is the one against a database that cannot be reached."""
    return bool(os.environ.get(DEAD))
