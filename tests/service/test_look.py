"""The one-step query: its connection comes back whatever happens, and it is tried again as other operations are."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from service.harness import Running, running
from session_service.errors import StoreUnavailable, UnknownUser
from session_service.stores.sessions import active_of

NOBODY = "00000000-0000-4000-8000-000000000000"


def one(db: Connection) -> int:
    return int(db.execute(text("SELECT 1")).scalar_one())


def out(app: Running) -> int:
    return int(app.database.reading.pool.checkedout())  # type: ignore[attr-defined]


def test_an_error_of_the_question_gives_the_connection_back(database_url: str) -> None:
    async def scenario() -> None:
        async with running(database_url, pool_size=1) as app:
            for _ in range(3):
                with pytest.raises(UnknownUser):
                    await app.work.look(lambda db: active_of(db, NOBODY))
            assert (await app.work.look(one), out(app)) == (1, 0)

    asyncio.run(scenario())


def test_a_cancelled_question_gives_the_connection_back(postgres_database: str) -> None:
    async def scenario() -> None:
        async with running(postgres_database, pool_size=1) as app:
            asked = asyncio.create_task(app.work.look(lambda db: db.execute(text("SELECT pg_sleep(30)"))))
            while not await _asleep(app):
                await asyncio.sleep(0.01)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            assert (await app.work.look(one), out(app)) == (1, 0)

    asyncio.run(scenario())


async def _asleep(app: Running) -> bool:
    sleeping = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
    async with app.database.engine.connect() as db:
        return bool((await db.execute(sleeping)).scalar_one())


def test_a_question_whose_backend_was_ended_is_asked_again(postgres_database: str) -> None:
    async def scenario() -> None:
        async with running(postgres_database, pool_size=1) as app:
            assert await app.work.look(one) == 1
            ended = text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'session-service'"
            )
            async with app.database.engine.connect() as db:
                assert (await db.execute(ended)).scalar_one() >= 1
            assert (await app.work.look(one), out(app)) == (1, 0)

    asyncio.run(scenario())


def test_a_question_without_its_table_says_that_the_store_is_unavailable_and_a_wrong_one_what_is_wrong(postgres_database: str) -> None:
    async def scenario() -> None:
        async with running(postgres_database, pool_size=1) as app:
            with pytest.raises(StoreUnavailable):
                await app.work.look(lambda db: db.execute(text("SELECT 1 FROM no_such_table")))
            with pytest.raises(ProgrammingError):
                await app.work.look(lambda db: db.execute(text("SELECT no_such_column FROM subcontractors")))
            assert out(app) == 0

    asyncio.run(scenario())
