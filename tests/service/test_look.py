"""Reads without a transaction: their connection comes back whatever happens, and they are tried again as other operations are."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import column, func, literal_column, select, table, text
from sqlalchemy.exc import ProgrammingError

from service.harness import Running, add_user, rows_of, running, stored_sessions
from session_service.errors import StoreUnavailable, UnknownUser
from session_service.stores import Stores

NOBODY = "00000000-0000-4000-8000-000000000000"


_ONE = select(literal_column("1").label("one"))


async def one(stores: Stores) -> int:
    return await scalar(stores, _ONE)


async def scalar(stores: Stores, statement: Any) -> int:
    return int((await stores._db.execute(statement)).scalar_one())


def out(app: Running) -> int:
    return int(app.database.reading.pool.checkedout())  # type: ignore[attr-defined]


def test_an_error_of_the_question_gives_the_connection_back(database_url: str) -> None:
    async def scenario() -> None:
        async with running(database_url, pool_size=1) as app:
            for _ in range(3):
                with pytest.raises(UnknownUser):
                    await app.work.read(lambda stores: stores.sessions.active_of(NOBODY))
            assert (await app.work.read(one), out(app)) == (1, 0)

    asyncio.run(scenario())


def test_a_cancelled_question_gives_the_connection_back(postgres_database: str) -> None:
    async def scenario() -> None:
        async with running(postgres_database, pool_size=1) as app:
            asked = asyncio.create_task(app.work.read(lambda stores: scalar(stores, select(func.pg_sleep(30)))))
            while not await _asleep(postgres_database):
                await asyncio.sleep(0.01)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            assert (await app.work.read(one), out(app)) == (1, 0)

    asyncio.run(scenario())


async def _asleep(url: str) -> bool:
    sleeping = text("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
    return bool(await rows_of(url, sleeping))


def test_a_question_whose_backend_was_ended_is_asked_again(postgres_database: str) -> None:
    async def scenario() -> None:
        async with running(postgres_database, pool_size=1) as app:
            assert await app.work.read(one) == 1
            ended = text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'session-service'"
            )
            assert (await rows_of(postgres_database, ended))[0][0] >= 1
            assert (await app.work.read(one), out(app)) == (1, 0)

    asyncio.run(scenario())


def test_a_question_without_its_table_says_that_the_store_is_unavailable_and_a_wrong_one_what_is_wrong(postgres_database: str) -> None:
    async def scenario() -> None:
        async with running(postgres_database, pool_size=1) as app:
            with pytest.raises(StoreUnavailable):
                await app.work.read(lambda stores: scalar(stores, select(column("one")).select_from(table("no_such_table"))))
            with pytest.raises(ProgrammingError, match="no_such_column"):
                await app.work.read(lambda stores: scalar(stores, select(column("no_such_column")).select_from(table("subcontractors"))))
            assert out(app) == 0

    asyncio.run(scenario())


def test_one_process_has_no_more_connections_to_a_server_than_the_setting_says(postgres_database: str) -> None:
    """Reads, single changes and transactions at once: one budget for all of them."""
    mine = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")

    async def scenario() -> None:
        users = [await add_user(postgres_database) for _ in range(3)]
        async with running(postgres_database, pool_size=2) as app:
            for hours in (0, 8):  # created, then rotated
                app.clock.advance(hours=hours)
                await asyncio.gather(*(app.service.get_or_create_session(user) for user in users * 4))
                await asyncio.gather(*(app.service.history(user) for user in users * 4))
            assert (await rows_of(postgres_database, mine))[0][0] <= 2
            assert out(app) == 0
        assert len(await stored_sessions(postgres_database, users)) == 6

    asyncio.run(scenario())


def test_a_change_whose_caller_goes_away_is_done_or_not_and_leaves_no_transaction(sqlite_database: str) -> None:
    """Its two statements run in the connection's thread, which nobody can stop half-way (P12)."""

    async def scenario() -> None:
        users = [await add_user(sqlite_database) for _ in range(20)]
        async with running(sqlite_database, pool_size=1) as app:
            for turns, user in enumerate(users):
                asked = asyncio.create_task(app.service.get_or_create_session(user))
                for _ in range(turns):
                    await asyncio.sleep(0)
                asked.cancel()
                await asyncio.wait([asked])
            assert (await app.work.read(one), out(app)) == (1, 0)
            for user in users:
                obtained = await app.service.get_or_create_session(user)
                assert [found.id for found in await stored_sessions(sqlite_database, [user])] == [obtained.session.id]

    asyncio.run(scenario())
