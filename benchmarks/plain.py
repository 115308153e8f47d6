"""What the service is held beside over HTTP: the same addresses and statements in a plain FastAPI application.

It has none of what the service adds: no pipeline, no retries, no turns, no metrics, no log, no limits, no tokens.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import event

from session_service.domain import Reason, Session, Status, User
from session_service.engine import Database, connect
from session_service.service import system_clock
from session_service.stores import Stores
from session_service.stores.messages import INBOUND, OUTBOUND

DATABASE = "PLAIN_DATABASE"
_PATIENT = "PRAGMA busy_timeout=30000"  # ms, as long as the clients wait: the service steps back after one second, this does not retry


class Message(BaseModel):
    """As the service takes it."""

    phone: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$")
    body: str = Field(max_length=4096)


class Answer(BaseModel):
    """As the service gives it."""

    reply: str
    buttons: tuple[str, ...]
    user_id: str
    session_id: str
    session: str
    replayed: bool = False


class Plain:
    """The endpoints, on a database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._dialect = database.dialect

    async def ready(self) -> dict[str, str]:
        return {"status": "ready"}

    async def receive(self, message: Message) -> Answer:
        user = await self._user_of(message.phone)
        session, how = await self._session_of(user)
        async with self.database.engine.begin() as db:
            stores, now = Stores(db, self._dialect), system_clock()
            if await stores.messages.hold(session.id, user.id, session.epoch) is None:
                raise HTTPException(409)
            await stores.messages.add(session.id, INBOUND, message.body, now)
            projects = await stores.directory.projects_of(user.id)
            await stores.messages.add(session.id, OUTBOUND, "Hello!", now)
        return Answer(reply="Hello!", buttons=tuple(projects), user_id=user.id, session_id=session.id, session=how)

    async def end(self, session_id: str, x_user_id: Annotated[str, Header()]) -> dict[str, str]:
        async with self.database.reading.connect() as db:
            found = await Stores(db, self._dialect).sessions.by_id(session_id)
        if found is None or found.user_id != x_user_id:
            raise HTTPException(404)
        async with self.database.engine.begin() as db:
            await Stores(db, self._dialect).sessions.end(found, Status.ENDED, Reason.CLOSED, system_clock(), unseen=True)
        return {"status": "ended"}

    async def _user_of(self, phone: str) -> User:
        async with self.database.reading.connect() as db:
            found = await Stores(db, self._dialect).directory.user_by_phone(phone)
        if found is None:
            async with self.database.engine.begin() as db:
                stores = Stores(db, self._dialect)
                await stores.directory.register(phone, "UTC")
                found = await stores.directory.user_by_phone(phone)
        assert found is not None
        return found

    async def _session_of(self, user: User) -> tuple[Session, str]:
        async with self.database.reading.connect() as db:
            found = await Stores(db, self._dialect).sessions.in_use(user.id)
        if found is not None:
            return found, "reused"
        async with self.database.engine.begin() as db:
            made = await Stores(db, self._dialect).sessions.start(str(uuid4()), user.id, system_clock())
        return (made[0], "created") if made is not None else await self._session_of(user)


def _patient(database: Database) -> Database:
    """With connections that wait for SQLite's write lock instead of failing: without retries every long wait would be an error."""
    if database.dialect.serial_writers:
        for engine in database.engines:

            @event.listens_for(engine.sync_engine, "connect")
            def connected(connection: Any, _record: Any) -> None:
                connection.cursor().execute(_PATIENT)

    return database


def application() -> FastAPI:
    """The application on the database that the environment names."""
    plain = Plain(_patient(connect(os.environ[DATABASE])))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await plain.database.close()

    app = FastAPI(lifespan=lifespan)
    app.get("/ready")(plain.ready)
    app.post("/messages")(plain.receive)
    app.post("/sessions/{session_id}/end")(plain.end)
    return app
