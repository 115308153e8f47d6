"""What is sent to the databases, and what happens when they fail in the middle of it."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import IntegrityError

from service.harness import NOON, Running, SettableClock, add_user, add_users, running, stored_events, stored_sessions
from session_service import unit_of_work
from session_service.domain import Outcome, Reason, Status
from session_service.errors import StoreUnavailable
from session_service.service import SessionService
from session_service.stores import Stores
from session_service.tables import users
from session_service.unit_of_work import Operation, T, UnitOfWork

REPEATS = 30  # drivers prepare a statement at once, and PostgreSQL turns to a generic plan after 5 executions, or 10


def retried(app: Running, state: str) -> float:
    return app.metrics.registry.get_sample_value("session_retries_total", {"sqlstate": state}) or 0.0


def open_connections(app: Running) -> int:
    """How many connections are with somebody, of all pools."""
    pools: list[Any] = [engine.pool for engine in app.database.engines]
    return sum(pool.checkedout() for pool in pools)


def traced(app: Running) -> list[str]:
    """What the SQLite library itself is given from here on, its own BEGIN and COMMIT included."""
    seen: list[str] = []
    for engine in app.database.engines:

        @event.listens_for(engine.sync_engine, "connect")
        def connect(connection: Any, _record: Any) -> None:
            connection.run_async(lambda driver: driver.set_trace_callback(seen.append))

    return seen


def logged(url: str) -> list[str]:
    """What the PostgreSQL server has noted of the statements in a database, its own words, one line each."""
    parts = urlsplit(url)
    log = Path(parse_qs(parts.query)["host"][0]) / "log"
    found = re.findall(rf"^{parts.path[1:]} \S+ LOG:  (?:statement|execute [^:]*): (.*)", log.read_text(encoding="utf-8"), re.MULTILINE)
    return [str(line) for line in found]


def verbs(lines: list[str]) -> list[str]:
    return [line.split()[0].rstrip(";") for line in lines]


def test_a_repeated_get_on_sqlite_is_one_select_and_begins_nothing(sqlite_database: str) -> None:
    async def scenario() -> None:
        user = await add_user(sqlite_database)
        async with running(sqlite_database) as app:
            seen = traced(app)
            await app.service.get_or_create_session(user)
            first = [verb for verb in verbs(seen) if verb not in {"PRAGMA"}]
            seen.clear()
            for _ in range(3):
                await app.service.get_or_create_session(user)
        assert verbs(seen) == ["SELECT"] * 3
        assert first == ["SELECT", "BEGIN", "INSERT", "INSERT", "COMMIT"]

    asyncio.run(scenario())


def test_a_repeated_get_on_postgres_is_one_select_and_begins_nothing(postgres_database: str) -> None:
    """G7: neither BEGIN nor ROLLBACK around a read, and nothing written; a first contact is one statement more."""

    async def scenario() -> tuple[int, int]:
        name = urlsplit(postgres_database).path[1:]
        user, other = await add_users(postgres_database, 2)
        async with running(postgres_database) as app:
            async with app.database.engine.begin() as db:
                await db.execute(text(f"ALTER DATABASE {name} SET log_statement = 'all'"))
            await app.database.close()
            await app.service.get_or_create_session(user)  # the first on a connection asks more
            await app.service.get_or_create_session(user)
            before = len(logged(postgres_database))
            for _ in range(3):
                await app.service.get_or_create_session(user)
            between = len(logged(postgres_database))
            await app.service.get_or_create_session(other)
            return before, between

    before, between = asyncio.run(scenario())
    lines = logged(postgres_database)
    assert verbs(lines[before:between]) == ["SELECT"] * 3
    assert verbs(lines[between:]) == ["SELECT", "WITH"]


def test_the_isolation_level_is_said_whatever_the_database_prefers(postgres_database: str) -> None:
    async def scenario() -> None:
        name = urlsplit(postgres_database).path[1:]
        async with running(postgres_database) as app:
            async with app.database.engine.begin() as db:
                await db.execute(text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"))
            await app.database.close()
            levels = []
            for engine in (app.database.engine, app.database.reading):
                async with engine.connect() as db:
                    levels.append((await db.execute(text("SHOW transaction_isolation"))).scalar_one())
        assert levels == ["read committed"] * 2

    asyncio.run(scenario())


def test_behind_a_pooler_a_connection_begins_without_settings_that_it_would_refuse(postgres_database: str) -> None:
    """PgBouncer takes application_name, and refuses the rest: "unsupported startup parameter"."""

    async def scenario() -> None:
        asked = text("SELECT current_setting('lock_timeout'), current_setting('application_name')")
        for url, timeout in ((postgres_database, "3s"), (f"{postgres_database}&pooler=transaction", "0")):
            [user] = await add_users(url, 1)
            async with running(url) as app:
                assert (await app.service.get_or_create_session(user)).outcome is Outcome.CREATED
                async with app.database.reading.connect() as db:
                    assert tuple((await db.execute(asked)).one()) == (timeout, "session-service")

    asyncio.run(scenario())


@pytest.mark.parametrize("plans", ["auto", "force_generic_plan"])
def test_p1_every_statement_works_thirty_times_on_one_connection(database_url: str, plans: str) -> None:
    """P1: a bound parameter in the predicate of a conflict works until the plan is generic, and then never again."""

    async def scenario() -> None:
        async with running(database_url) as app:
            dialect = app.database.dialect
            for engine in (app.database.engine, app.database.reading):
                async with engine.connect() as db:  # held: a new one would begin with new plans
                    if dialect.compound:
                        await db.execute(text(f"SET plan_cache_mode = {plans}"))
                    for user in await add_users(database_url, REPEATS):
                        await each_statement(Stores(db, dialect), user)
                        await db.commit()

    asyncio.run(scenario())


async def each_statement(stores: Stores, user: str) -> None:
    """All statements on sessions, once."""
    store = stores.sessions
    assert (await store.active_of(user))[0] is None
    started = await store.start(str(uuid4()), user, NOON)
    assert started is not None
    session = started[0]
    assert await store.start(str(uuid4()), user, NOON) is None
    later = SettableClock(NOON).advance(minutes=5)
    assert await store.touch(session.id, later, later)
    touched = await store.by_id(session.id)
    assert touched is not None
    assert await store.end(session, Status.ENDED, Reason.IDLE, later) is None  # touched since
    assert await store.end(touched, Status.ENDED, Reason.IDLE, later) is not None
    again = await store.start(str(uuid4()), user, later)
    assert again is not None
    assert again[0].previous_id == session.id
    assert await store.end(again[0], Status.ENDED, Reason.CLOSED, later, unseen=True) is not None
    third = await store.start(str(uuid4()), user, later)
    assert third is not None
    assert await store.overdue(later, later, 9_999)
    assert await store.still_overdue([third[0].id], later, later)
    assert await store.end_all([third[0].id], Reason.IDLE, later) == 1
    assert [one.epoch for one in await store.history(user, 5)] == [3, 2, 1]
    assert await store.duplicates() == 0


def test_p1_the_pitfall_is_real_and_this_test_would_see_it(postgres_database: str) -> None:
    from sqlalchemy.dialects.postgresql import insert as upsert
    from sqlalchemy.exc import ProgrammingError

    from session_service.tables import sessions

    async def scenario() -> None:
        bound = upsert(sessions).on_conflict_do_nothing(index_elements=["subcontractor_id"], index_where=sessions.c.status == "active")
        [user] = await add_users(postgres_database, 1)
        row = {"id": str(uuid4()), "subcontractor_id": user, "started_at": NOON, "last_activity_at": NOON}
        async with running(postgres_database) as app, app.database.reading.connect() as db:
            await db.execute(bound, row)
            await db.execute(text("SET plan_cache_mode = force_generic_plan"))
            with pytest.raises(ProgrammingError, match="no unique or exclusion constraint"):
                await db.execute(bound, row)

    asyncio.run(scenario())


def test_writers_of_one_process_take_turns_and_never_find_the_database_busy(sqlite_database: str) -> None:
    async def scenario() -> None:
        many = await add_users(sqlite_database, 60)
        async with running(sqlite_database) as app:
            obtained = await asyncio.gather(*(app.service.get_or_create_session(user) for user in many))
            assert [one.outcome for one in obtained] == [Outcome.CREATED] * 60
            assert retried(app, "busy") == 0

    asyncio.run(scenario())


def test_a_writer_that_finds_sqlite_busy_tries_again(sqlite_database: str) -> None:
    """Another process holds the lock for longer than the database itself would wait."""

    async def scenario() -> None:
        user = await add_user(sqlite_database)
        async with running(sqlite_database, budget=30) as app, running(sqlite_database) as other:
            async with other.database.engine.begin():
                task = asyncio.create_task(app.service.get_or_create_session(user))
                while not retried(app, "busy"):
                    await asyncio.sleep(0.01)
            assert (await task).outcome is Outcome.CREATED

    asyncio.run(scenario())


def test_r15_when_the_budget_is_spent_the_error_says_so_by_its_type(sqlite_database: str) -> None:
    async def scenario() -> None:
        user = await add_user(sqlite_database)
        async with running(sqlite_database, budget=0.1) as app, running(sqlite_database) as other:
            async with other.database.engine.begin():
                with pytest.raises(StoreUnavailable, match="busy"):
                    await app.service.get_or_create_session(user)
            assert (await app.service.get_or_create_session(user)).outcome is Outcome.CREATED

    asyncio.run(scenario())


def test_r15_an_error_of_the_caller_is_passed_on_as_it_is_and_not_tried_again(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        tries = 0

        async with running(database_url) as app:

            async def operation(stores: Stores) -> None:
                nonlocal tries
                tries += 1
                db: Any = stores.sessions._db
                await db.execute(insert(users), {"id": str(uuid4()), "phone": user, "name": "", "time_zone": "UTC"})

            with pytest.raises(IntegrityError):
                await app.work.write(operation)
            assert tries == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres:@127.0.0.1:1/nothing",
        "postgresql://postgres:@/nothing?host=/no/such/directory",
        "sqlite:////no/such/directory/service.db",
        "sqlite:////proc/self/cmdline",  # a file, but no database, and nobody can write to it
    ],
)
def test_r15_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    async def scenario() -> None:
        async with running(url, budget=0.3) as app:
            with pytest.raises(StoreUnavailable):
                await app.service.get_or_create_session(str(uuid4()))

    asyncio.run(scenario())


def test_r15_a_server_without_the_database_or_the_tables_is_unavailable(postgres_server: str, empty_postgres: str) -> None:
    async def scenario() -> None:
        for url in (postgres_server.replace("/postgres?", "/nothing?"), empty_postgres):
            async with running(url, budget=0.3) as app:
                with pytest.raises(StoreUnavailable):
                    await app.service.get_or_create_session(str(uuid4()))

    asyncio.run(scenario())


def test_a_backend_that_is_terminated_in_the_middle_of_a_rotation_is_replaced_and_nothing_is_half_done(postgres_database: str) -> None:
    async def scenario() -> None:
        user = await add_user(postgres_database)
        async with running(postgres_database) as app:
            old = (await app.service.get_or_create_session(user)).session
            now = app.clock.advance(hours=8)
            attempts = 0

            async def operation(stores: Stores) -> str:
                nonlocal attempts
                attempts += 1
                assert await stores.sessions.end(old, Status.ENDED, Reason.IDLE, now) is not None
                if attempts == 1:
                    db: Any = stores.sessions._db
                    await db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
                started = await stores.sessions.start(str(uuid4()), user, now)
                assert started is not None
                return started[0].id

            made = await app.work.write(operation)
            assert attempts == 2
            assert retried(app, "57P01") + retried(app, "connection") + retried(app, "08003") == 1
            assert open_connections(app) == 0
        assert [one.id for one in await stored_sessions(postgres_database, [user])] == [old.id, made]
        assert await stored_events(postgres_database, old.id) == [("started", None), ("ended", "idle")]

    asyncio.run(scenario())


class LosesTheAnswer(UnitOfWork):
    """The connection is lost after the database has done it, and before it could say so: once."""

    lost = False

    async def apply(self, operation: Operation[T]) -> T:
        async def losing(stores: Stores) -> T:
            result = await operation(stores)  # it is committed by itself
            if not self.lost:
                self.lost = True
                raise ConnectionResetError("connection lost")
            return result

        return await super().apply(losing)


def test_r5_who_lost_the_answer_finds_the_own_session_and_counts_it_as_created(postgres_database: str) -> None:
    async def scenario() -> None:
        user = await add_user(postgres_database)
        async with running(postgres_database) as app:
            work = LosesTheAnswer(app.database, app.metrics)
            obtained = await SessionService(work, app.metrics, app.policy, app.clock).get_or_create_session(user)
            assert work.lost
            assert retried(app, "connection") == 1
        assert obtained.outcome is Outcome.CREATED
        assert await stored_sessions(postgres_database, [user]) == [obtained.session]
        assert await stored_events(postgres_database, obtained.session.id) == [("started", None)]

    asyncio.run(scenario())


def test_p12_a_caller_that_goes_away_leaves_no_connection_and_nothing_half_done(database_url: str) -> None:
    async def scenario() -> None:
        chance = random.Random(4)
        many = await add_users(database_url, 50)
        async with running(database_url, pool_size=3) as app:
            old = {user: (await app.service.get_or_create_session(user)).session.id for user in many[::2]}
            app.clock.advance(hours=8)
            cancelled = 0
            for user in many:
                tasks = [asyncio.create_task(app.service.get_or_create_session(user)) for _ in range(4)]
                await asyncio.sleep(chance.random() / 50)
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                cancelled += sum(task.cancelled() for task in tasks)
            assert cancelled > 4
            assert open_connections(app) == 0
            for user in many:
                found = [one for one in await stored_sessions(database_url, [user]) if one.active]
                assert len(found) <= 1
                if user in old:
                    assert len(found) == 1  # the old one, or the one that follows it, and never neither
                live = await app.service.get_or_create_session(user)
                stored = await stored_sessions(database_url, [user])
                assert [one.id for one in stored if one.active] == [live.session.id]
                assert [one.id for one in stored if not one.active] == ([old[user]] if user in old else [])
                for one in stored:
                    assert [kind for kind, _ in await stored_events(database_url, one.id)] == ["started", "ended"][: 1 + (not one.active)]
        assert len(old) == 25

    asyncio.run(scenario())


def test_r15_a_server_that_does_not_answer_is_given_up(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_of_work, "_HUNG", 0.2)

    async def scenario() -> None:
        async with running(postgres_database, budget=0.1) as app:

            async def operation(stores: Stores) -> None:
                db: Any = stores.sessions._db
                await db.execute(text("SELECT pg_sleep(600)"))

            for run in (app.work.read, app.work.write, app.work.apply):
                with pytest.raises(StoreUnavailable, match="timeout"):
                    await run(operation)
            assert open_connections(app) == 0

    asyncio.run(scenario())


def test_a_pool_without_a_free_connection_is_waited_for(database_url: str) -> None:
    async def scenario() -> None:
        many = await add_users(database_url, 40)
        async with running(database_url, pool_size=1) as app:
            obtained = await asyncio.gather(*(app.service.get_or_create_session(user) for user in many))
            assert {one.outcome for one in obtained} == {Outcome.CREATED}
            assert open_connections(app) == 0

    asyncio.run(scenario())
