"""P12: callers that go away in the middle of a transaction on SQLite, whose statements run on in a thread without them."""

from __future__ import annotations

import asyncio
import random
import threading
from typing import Any

import pytest

from service.harness import Running, add_user, running
from session_service import unit_of_work
from session_service.domain import Outcome
from session_service.errors import StoreUnavailable


def test_p12_a_statement_whose_caller_has_gone_leaves_no_transaction_behind(sqlite_database: str) -> None:
    """Its cursor is on a row when the connection is closed, and whoever keeps the error keeps the cursor: SQLite then closes nothing."""

    async def scenario() -> None:
        begun, over = threading.Event(), threading.Event()
        kept: list[BaseException] = []

        def held() -> int:
            begun.set()
            over.wait()
            return 1

        async def write(app: Running) -> None:
            async with app.database.engine.begin() as db:
                driver: Any = (await db.get_raw_connection()).driver_connection
                await driver.create_function("held", 0, held)
                try:
                    await db.exec_driver_sql("INSERT INTO projects (id, name) SELECT 'p', 'p' WHERE held() RETURNING id")
                except asyncio.CancelledError as error:
                    kept.append(error)
                    raise

        async with running(sqlite_database) as app:
            writer = asyncio.create_task(write(app))
            while not begun.is_set():  # until it is at work, in the thread of its connection
                await asyncio.sleep(0.001)
            writer.cancel()
            await asyncio.sleep(0.01)
            over.set()
            await asyncio.wait([writer])
            assert writer.cancelled()
            await add_user(sqlite_database)  # "database is locked", if it is
        assert len(kept) == 1

    asyncio.run(scenario())


def test_p12_attempts_that_are_given_up_leave_the_file_free(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anywhere between the first statement and the last the time of an attempt is over."""

    async def scenario() -> None:
        chance = random.Random(7)
        given_up = 0
        async with running(sqlite_database) as app:
            for _ in range(60):
                user = await add_user(sqlite_database)  # this writes on a connection of its own
                monkeypatch.setattr(unit_of_work, "_HUNG", chance.random() / 200)
                try:
                    await app.service.get_or_create_session(user)
                except StoreUnavailable:
                    given_up += 1
            monkeypatch.setattr(unit_of_work, "_HUNG", 10.0)
            assert (await app.service.get_or_create_session(await add_user(sqlite_database))).outcome is Outcome.CREATED
        assert given_up

    asyncio.run(scenario())
