"""What tests of messages share: users with work to talk about, a pipeline, and a database whose COMMIT gets lost on the way back."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from service.harness import Running
from session_service.domain import User
from session_service.engine import connect
from session_service.handlers import demo
from session_service.handlers.pipeline import MessagePipeline, Options
from session_service.metrics import Metrics
from session_service.stores import Stores
from session_service.unit_of_work import UnitOfWork

_NUMBERS = itertools.count(1)


def new_phone() -> str:
    """A number that nobody has."""
    return f"+33{os.getpid() % 100_000:05}{next(_NUMBERS):05}"


async def add_worker(url: str) -> User:
    """A user with the projects and tasks of the demonstration."""
    database = connect(url, 1)
    phone = new_phone()
    try:

        async def operation(stores: Stores) -> User:
            await stores.directory.register(phone, "UTC")
            user = await stores.directory.user_by_phone(phone)
            assert user is not None
            await demo.seed(stores, user.id)
            return user

        return await UnitOfWork(database, Metrics()).write(operation)
    finally:
        await database.close()


async def task_of(app: Running, user: User, project: str = "Champigny") -> str:
    """The id of the first task of a user in a project."""
    return (await app.work.read(lambda stores: stores.directory.tasks_in(user.id, project)))[0].id


def pipeline(app: Running, **options: Any) -> MessagePipeline:
    """The pipeline of a running service."""
    return MessagePipeline(app.work, app.service, app.metrics, app.clock, Options(**options))


def count(app: Running, name: str, **labels: str) -> float:
    """A number of the metrics."""
    found = app.metrics.registry.get_sample_value(name, labels)
    assert found is not None, name
    return found


@contextmanager
def statements(app: Running) -> Iterator[list[str]]:
    """The statements that the service sends to its database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engines = [engine.sync_engine for engine in app.database.engines]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def losing_commits(app: Running, many: int = 1) -> UnitOfWork:
    """A unit of work on the same database. Its first `many` transactions are committed, and then the connection is gone."""
    lossy: Any = _LossyEngine(app.database.engine, many, app.database.dialect.driver)
    return UnitOfWork(replace(app.database, engine=lossy), app.metrics)


class _LossyEngine:
    def __init__(self, engine: Any, many: int, driver: str) -> None:
        self._engine = engine
        self._left = many
        self._driver = driver

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._engine.begin() as db:
            yield db
        if self._left:
            self._left -= 1
            if self._driver.startswith("sqlite"):
                raise DBAPIError("COMMIT", None, sqlite3.OperationalError("database is locked"))
            raise ConnectionResetError("the server closed the connection")
