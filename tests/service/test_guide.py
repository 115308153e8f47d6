"""docs/service-guide.md says how to see that the service is right, and how a phase is taken back: each line is tried."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from service.databases import execute, rows
from service.harness import Running, add_users, running
from service.talk import add_worker, pipeline
from service.test_cli_migrate import run
from service.test_http import client_of
from service.test_migrations import add_session, add_user, uid, url
from service.test_store_failing import _as_stored
from session_service import logs, migrator, reports
from session_service.app import create_app
from session_service.chores import repeat
from session_service.errors import StoreUnavailable
from session_service.handlers.pipeline import Incoming
from session_service.metrics import Metrics
from session_service.settings import Settings
from session_service.stores import Stores

__all__ = ["url"]
GUIDE = (Path(__file__).parents[2] / "docs" / "service-guide.md").read_text(encoding="utf-8")
(QUERY,) = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
_ROWS = re.findall(r"^\| `(\"message.*?)` \| (good|bad) \|", GUIDE, re.MULTILINE)
PATTERNS = {pattern.replace("\\|", "|"): kind for pattern, kind in _ROWS}  # in a table of Markdown a bar is written so
COMMANDS = re.findall(r"`session-service (migrate --down [^`]*)`", GUIDE.partition("## Take a phase back")[2])


def test_the_query_finds_duplicates_and_only_those(url: str) -> None:
    migrator.upgrade(url, "010")
    for user in (1, 2):
        add_user(url, user)
    for session, user, status in ((1, 1, "active"), (2, 1, "active"), (3, 1, "ended"), (4, 2, "active"), (5, 2, "ended")):
        add_session(url, session, user, f"12:0{session}", status=status)
    assert [(row[0], row[1]) for row in rows(url, QUERY)] == [(uid(1), 2)]
    migrator.upgrade(url)
    assert rows(url, QUERY) == []


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service logs, as it is configured to."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    logs.configure("info", stream)
    yield stream
    root.handlers[:], root.level = before


def seen(log: io.StringIO) -> list[str]:
    """The patterns of the guide that are in the log."""
    return [pattern for pattern in PATTERNS if re.search(pattern, log.getvalue(), re.MULTILINE)]


def test_a_service_that_is_well_logs_good_patterns_alone(database_url: str, log: io.StringIO) -> None:
    async def scenario() -> None:
        async with running(database_url) as app, running(database_url) as other:
            bots = [pipeline(app), pipeline(other)]
            for _ in range(4):
                user = await add_worker(database_url)
                await asyncio.gather(*(bot.process(Incoming(user.phone, "hello")) for bot in bots * 4))

    asyncio.run(scenario())
    assert {PATTERNS[pattern] for pattern in seen(log)} == {"good"}
    assert any("reused" in pattern for pattern in seen(log))


async def context_lost(app: Running, url: str) -> None:
    user, bot = await add_worker(url), pipeline(app)
    first = await bot.process(Incoming(user.phone, "", button="project:Champigny"))
    async with app.database.engine.begin() as db:
        ended = text("UPDATE conversation_sessions SET status = 'ended', end_reason = 'duplicate' WHERE id = :id")
        await db.execute(ended.bindparams(id=_as_stored(app, first.session_id)))
    await bot.process(Incoming(user.phone, "", button="tasks"))


async def not_done(app: Running, url: str) -> None:
    async def operation(stores: Stores) -> None:
        await stores._db.execute(text("SELECT * FROM no_such_table"))

    with pytest.raises(StoreUnavailable):
        await app.work.write(operation)


async def chore_failed(app: Running, url: str) -> None:
    async def once() -> None:
        raise StoreUnavailable("away")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(repeat("sweep", once, lambda: 60.0, app.metrics), 0.2)


async def request_failed(app: Running, url: str) -> None:
    away = "sqlite:////no/such/directory/service.db"
    async with client_of(create_app(Settings(database_url=away, retry_budget=0.1, sweep_every=0.0))) as client:
        answer = await client.post("/messages", json={"phone": "+33612345678", "body": "hello"})
        assert answer.status_code == 503


FAULTS = {
    "context lost": context_lost,
    "the database does not do it": not_done,
    "a chore has failed": chore_failed,
    "failed": request_failed,
}


@pytest.mark.parametrize("message", FAULTS)
def test_each_bad_pattern_is_logged_when_it_is_meant(database_url: str, log: io.StringIO, message: str) -> None:
    async def scenario() -> None:
        async with running(database_url, budget=0.2) as app:
            await FAULTS[message](app, database_url)

    asyncio.run(scenario())
    (meant,) = [pattern for pattern in PATTERNS if re.match(f'"message": "{message}("|$)', pattern)]
    assert PATTERNS[meant] == "bad"
    assert meant in seen(log)


def test_every_bad_pattern_has_its_fault() -> None:
    assert len([kind for kind in PATTERNS.values() if kind == "bad"]) == len(FAULTS)
    assert len(PATTERNS) == len(FAULTS) + 2


def test_each_migration_back_does_what_the_guide_says(url: str) -> None:
    assert COMMANDS == ["migrate --down 011", "migrate --down 010 --force"]
    migrator.upgrade(url)

    async def answered() -> None:
        async with running(url) as app:
            [user] = await add_users(url, 1)
            assert (await app.service.get_or_create_session(user)).session.user_id == user

    assert run(*COMMANDS[0].split(), url=url)[0] == 0
    asyncio.run(answered())
    assert migrator.state(url).serves
    assert run("migrate", "--down", "010", url=url)[0] == 2  # not without --force
    assert run(*COMMANDS[1].split(), url=url)[0] == 0
    assert not migrator.state(url).serves
    add_user(url, 1)
    for session in (1, 2):
        add_session(url, session, 1, f"12:0{session}")
    assert len(rows(url, QUERY)) == 1
    assert run("migrate", url=url)[0] == 0
    assert rows(url, QUERY) == []
    with pytest.raises(Exception, match=r"(?i)unique"):
        execute(url, f"UPDATE conversation_sessions SET status = 'active', ended_at = NULL WHERE subcontractor_id = '{uid(1)}'")


def test_without_the_sweep_the_next_message_ends_what_is_overdue(database_url: str) -> None:
    async def scenario() -> None:
        async with running(database_url) as app:
            [user] = await add_users(database_url, 1)
            first = (await app.service.get_or_create_session(user)).session
            app.clock.advance(days=2)
            second = (await app.service.get_or_create_session(user)).session
            assert second.previous_id == first.id
            assert not (await app.service.session(first.id, user)).active
            assert await reports.duplicates(app.work) == 0

    assert Settings(sweep_every=0.0).sweep_every == 0
    asyncio.run(scenario())


def test_nobody_has_to_read_the_metrics() -> None:
    assert b"session_rapid_creates_total" in Metrics().exposition()
