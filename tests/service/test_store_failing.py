"""A database that is there and takes no write: nobody is told that the service is well."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from service.failing import full, read_only, writable
from service.harness import Running, add_users, rows_of, running
from service.talk import add_worker, count, new_phone, pipeline
from service.test_http import client_of
from session_service import logs, migrator, reports
from session_service.app import create_app
from session_service.engine import Database
from session_service.errors import StoreUnavailable
from session_service.handlers.pipeline import Incoming
from session_service.metrics import Metrics
from session_service.reports import Level, checks
from session_service.settings import Settings
from session_service.stores import Stores

Fault = Callable[[Database], Awaitable[None]]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, postgres_server: str, tmp_path: object) -> str:
    """A migrated database of one test alone."""
    found = str(request.getfixturevalue("empty_postgres")) if request.param == "postgres" else f"sqlite:///{tmp_path}/own.db"
    migrator.upgrade(found)
    return found


@pytest.mark.parametrize(("fault", "cause"), [(full, "disk_full"), (read_only, "read_only")])
def test_a_database_that_takes_no_write_is_counted_alerted_not_ready_and_named_once(url: str, fault: Fault, cause: str) -> None:
    log = io.StringIO()

    async def scenario() -> None:
        app = create_app(Settings(database_url=url, demo=True, sweep_every=0.0, retry_budget=1.0))
        logs.configure(stream=log)
        async with client_of(app) as client:
            known = {"phone": new_phone(), "body": "x" * 3000}
            assert (await client.post("/messages", json=known)).status_code == 200
            assert (await client.get("/ready")).status_code == 200
            await fault(_database(app))
            for said in (known, {"phone": new_phone(), "body": "y" * 3000}, known, known, known):
                answer = await client.post("/messages", json=said)
                assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
            not_ready = await client.get("/ready")
            assert not_ready.status_code == 503
            assert cause in not_ready.json()["message"]
            await _told(client, cause)

    before = logging.getLogger().handlers[:]
    try:
        asyncio.run(scenario())
    finally:
        logging.getLogger().handlers[:] = before
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    named = [line for line in lines if line.get("message") == "the database does not do it"]
    assert [(line["cause"], line["use"], line["level"]) for line in named] == [(cause, "write", "error")]


async def _told(client: httpx.AsyncClient, cause: str) -> None:
    summary = reports.summarize((await client.get("/metrics")).text, 0, guarded=True)
    assert (summary.failed, summary.causes, summary.failing, summary.healthy) == (5, {cause: 5}, True, False)
    assert any(check.level is Level.BAD and f"{cause} 5" in check.text for check in checks(summary))


def _database(app: FastAPI) -> Database:
    found: Database = app.state.services.sessions._work.database
    return found


def test_an_idle_service_finds_out_and_finds_out_that_it_is_over(url: str) -> None:
    """Nobody writes to it: /ready itself asks, and says yes again when the database takes writes again."""

    async def scenario() -> None:
        app = create_app(Settings(database_url=url, sweep_every=0.0, retry_budget=1.0))
        async with client_of(app) as client:
            await read_only(_database(app))
            assert [(await client.get("/ready")).status_code for _ in range(2)] == [503, 503]
            await writable(_database(app))
            assert [(await client.get("/ready")).status_code for _ in range(3)][1:] == [200, 200]  # the first finds its connections ended

    asyncio.run(scenario())


def test_a_failure_now_and_then_is_a_warning_and_a_health_report_goes_on_being_good() -> None:
    metrics = Metrics()
    for _ in range(999):
        metrics.message_done("answered")
    metrics.message_failed("busy")
    metrics.message_done("answered")
    summary = reports.summarize(metrics.exposition().decode(), 0, guarded=True)
    assert (summary.answered, summary.failed, summary.failing, summary.healthy) == (1000, 1, False, True)
    assert checks(summary)[1].level is Level.WARNING


def test_without_the_index_a_message_fails_by_the_schema_and_is_no_defect(url: str) -> None:
    """`migrate --down` under a running service: the getter names the index that is gone."""

    async def scenario() -> None:
        app = create_app(Settings(database_url=url, sweep_every=0.0, retry_budget=0.5))
        async with client_of(app, raises=False) as client:
            assert (await client.post("/messages", json={"phone": new_phone(), "body": "hello"})).status_code == 200
            await asyncio.to_thread(migrator.downgrade, url, "010")
            answer = await client.post("/messages", json={"phone": new_phone(), "body": "hello"})
            assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
            assert (await client.get("/ready")).status_code == 503
            await asyncio.to_thread(migrator.upgrade, url)
            assert (await client.get("/ready")).status_code == 200

    asyncio.run(scenario())


def test_a_newer_release_that_migrates_leaves_those_that_run_ready(url: str) -> None:
    async def scenario() -> None:
        app = create_app(Settings(database_url=url, sweep_every=0.0))
        async with client_of(app) as client:
            async with _database(app).engine.begin() as db:
                await db.execute(text("UPDATE alembic_version SET version_num = '999'"))
            assert (await client.get("/ready")).status_code == 200
            async with _database(app).engine.begin() as db:
                await db.execute(text("DROP INDEX idx_unique_active_session_per_user"))
            assert (await client.get("/ready")).status_code == 503

    asyncio.run(scenario())


def test_the_budget_bounds_a_message_and_not_each_of_its_operations(postgres_database: str) -> None:
    """The server goes on holding what each operation wants: together they take no longer than one may."""

    async def scenario() -> None:
        app = create_app(Settings(database_url=postgres_database, sweep_every=0.0, retry_budget=1.0))
        async with client_of(app) as client, running(postgres_database) as other:
            known = {"phone": new_phone(), "body": "hello"}
            while (await client.post("/messages", json=known)).status_code != 200:  # to connect takes its time on a loaded machine
                await asyncio.sleep(0.1)
            async with other.database.engine.begin() as db:
                await db.execute(text("LOCK TABLE conversation_sessions, subcontractors, idempotency_keys IN ACCESS EXCLUSIVE MODE"))
                began = time.monotonic()
                answer = await client.post("/messages", json=known, headers={"Idempotency-Key": "k"})
                took = time.monotonic() - began
            assert answer.status_code == 503
            assert took < 1.0 + 2.5  # and what it takes to close a connection whose server does not answer, and to give the claim back

    asyncio.run(scenario())


def test_who_holds_a_row_keeps_one_connection_of_its_user_and_not_those_of_others(postgres_database: str) -> None:
    async def scenario() -> None:
        async with running(postgres_database, pool_size=3) as app, running(postgres_database) as other:
            user, free = await add_worker(postgres_database), await add_worker(postgres_database)
            bot = pipeline(app)
            await bot.process(Incoming(user.phone, "hello"))
            async with other.database.engine.begin() as db:
                await db.execute(text("SELECT 1 FROM conversation_sessions FOR UPDATE"))
                waiting = [asyncio.create_task(bot.process(Incoming(user.phone, f"hello {number}"))) for number in range(6)]
                await asyncio.sleep(0.3)
                began = time.monotonic()
                await bot.process(Incoming(free.phone, "hello"))
                took = time.monotonic() - began
            await asyncio.gather(*waiting)
            assert took < 1.0

    asyncio.run(scenario())


def test_a_message_without_a_key_leaves_no_row_of_idempotency(database_url: str) -> None:
    async def scenario() -> None:
        async with running(database_url) as app:
            user = await add_worker(database_url)
            await pipeline(app).process(Incoming(user.phone, "hello"))
        asked = text("SELECT count(*) FROM idempotency_keys WHERE scope = :scope").bindparams(scope=f"messages:{user.id}")
        assert (await rows_of(database_url, asked))[0][0] == 0

    asyncio.run(scenario())


def test_a_message_that_comes_again_does_not_move_its_user(database_url: str) -> None:
    async def scenario() -> None:
        async with running(database_url) as app:
            user, bot = await add_worker(database_url), pipeline(app)
            await bot.process(Incoming(user.phone, "hello", time_zone="Europe/Paris", key="k"))
            again = await bot.process(Incoming(user.phone, "hello", time_zone="Asia/Tokyo", key="k"))
            found = await app.work.read(lambda stores: stores.directory.user(user.id))
        assert again.replayed
        assert found is not None
        assert found.time_zone == "Europe/Paris"

    asyncio.run(scenario())


def test_a_store_that_fails_is_an_error_with_its_cause(database_url: str) -> None:
    async def scenario() -> None:
        async with running(database_url, budget=0.3) as app:
            [user] = await add_users(database_url, 1)

            async def operation(stores: Stores) -> None:
                await stores._db.execute(text("SELECT * FROM no_such_table"))

            with pytest.raises(StoreUnavailable) as raised:
                await app.work.write(operation)
            assert raised.value.cause == "schema"
            assert (await app.service.get_or_create_session(user)).session.user_id == user

    asyncio.run(scenario())


@pytest.mark.parametrize("wrong", ["hours are compared", "a second active session", "the end that somebody asked for", "idle for a day"])
def test_a_greeting_instead_of_tasks_counts_when_the_user_should_still_be_in_the_talk(database_url: str, wrong: str) -> None:
    """The symptom of the incident: the context was written to one session, and the next message finds another one."""

    async def scenario(app: Running) -> None:
        user, bot = await add_worker(database_url), pipeline(app)
        first = await bot.process(Incoming(user.phone, "", button="project:Champigny"))
        reason = {"hours are compared": "boundary", "a second active session": "duplicate", "idle for a day": "idle"}.get(wrong, "closed")
        async with app.database.engine.begin() as db:
            ended = text("UPDATE conversation_sessions SET status = 'ended', end_reason = :reason WHERE id = :id")
            await db.execute(ended.bindparams(reason=reason, id=_as_stored(app, first.session_id)))
        app.clock.advance(**({"days": 1} if wrong == "idle for a day" else {"minutes": 2}))
        answer = await bot.process(Incoming(user.phone, "", button="tasks"))
        assert answer.session_id != first.session_id
        assert "Which project?" in answer.text
        lost = 1 if wrong in {"hours are compared", "a second active session"} else 0
        assert count(app, "session_context_mismatch_total") == lost

    async def run() -> None:
        async with running(database_url) as app:
            await scenario(app)

    asyncio.run(run())


def _as_stored(app: Running, identity: str) -> str | UUID:
    return UUID(identity) if app.database.dialect.compound else UUID(identity).hex
