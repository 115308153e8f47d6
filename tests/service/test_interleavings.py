"""Two connections, step by step: one is in the middle of its transaction while the other asks. On PostgreSQL the database itself is
asked who waits for whom; SQLite has one writer at a time, so there the other one waits in any case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.harness import Running, add_user, rows_of, running, stored_events, stored_sessions
from session_service.domain import Obtained, Outcome, Reason, Session, Status
from session_service.stores import Stores
from session_service.sweeper import Sweeper

_BLOCKED = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND :holder = ANY (pg_blocking_pids(pid))")
Step = Callable[[Stores], Awaitable[object]]


@asynccontextmanager
async def half_done(app: Running, step: Step) -> AsyncIterator[AsyncConnection]:
    """A transaction of another connection in which a step was made; it is committed, or rolled back by who holds it, at the end."""
    async with app.database.engine.begin() as db:
        await step(Stores(db, app.database.dialect))
        yield db


async def waits(app: Running, holder: AsyncConnection, task: asyncio.Task[object]) -> None:
    """Returns when the task waits for the transaction of `holder`; fails when it ends without waiting."""
    if not app.database.dialect.serial_writers:
        pid = (await holder.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        while not await blocked_by(app, pid):
            assert not task.done()
            await asyncio.sleep(0.002)
        return
    for _ in range(20):  # it cannot end before: the write lock is held
        await asyncio.sleep(0.002)
        assert not task.done()


async def blocked_by(app: Running, pid: int) -> bool:
    async with app.database.reading.connect() as db:
        return bool((await db.execute(_BLOCKED, {"holder": pid})).all())


def starts(user: str, app: Running) -> Step:
    return lambda stores: stores.sessions.start(str(uuid4()), user, app.clock())


def ends(session: Session, app: Running, reason: Reason = Reason.CLOSED) -> Step:
    return lambda stores: stores.sessions.end(session, Status.ENDED, reason, app.clock(), unseen=True)


async def asked_meanwhile(url: str, app: Running, step: Step, user: str, *, commit: bool) -> Obtained:
    """What a caller gets who has to wait for a transaction that then commits or not."""
    async with running(url, clock=app.clock, policy=app.policy) as other:
        async with half_done(app, step) as db:
            task = asyncio.create_task(other.service.get_or_create_session(user))
            await waits(app, db, task)
            if not commit:
                await db.rollback()
        return await task


@pytest.mark.parametrize("commit", [True, False], ids=["commit", "rollback"])
def test_r2_first_contact_the_second_waits_and_adopts_or_creates(database_url: str, commit: bool) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            obtained = await asked_meanwhile(database_url, app, starts(user, app), user, commit=commit)
        assert obtained.outcome is (Outcome.ADOPTED if commit else Outcome.CREATED)
        assert await stored_sessions(database_url, [user]) == [obtained.session]
        assert await stored_events(database_url, obtained.session.id) == [("started", None)]

    asyncio.run(scenario())


@pytest.mark.parametrize("commit", [True, False], ids=["commit", "rollback"])
def test_r2_expiry_the_second_waits_and_adopts_what_follows_or_replaces_it_itself(database_url: str, commit: bool) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            old = (await app.service.get_or_create_session(user)).session
            app.clock.advance(hours=8)

            async def rotate(stores: Stores) -> None:
                await ends(old, app, Reason.IDLE)(stores)
                await starts(user, app)(stores)

            obtained = await asked_meanwhile(database_url, app, rotate, user, commit=commit)
        assert obtained.outcome is (Outcome.ADOPTED if commit else Outcome.ROTATED)
        ended, active = await stored_sessions(database_url, [user])
        assert (ended.id, ended.reason, active) == (old.id, Reason.IDLE, obtained.session)
        assert await stored_events(database_url, old.id) == [("started", None), ("ended", "idle")]

    asyncio.run(scenario())


def test_end_and_get_of_a_live_session_the_getter_waits_for_nobody_and_has_what_is_committed(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app, running(database_url) as other:
            old = (await app.service.get_or_create_session(user)).session
            async with half_done(app, ends(old, app)):
                during = await other.service.get_or_create_session(user)
            after = await other.service.get_or_create_session(user)
        assert (during.outcome, during.session) == (Outcome.REUSED, old)
        assert (after.outcome, after.session.previous_id) == (Outcome.CREATED, old.id)

    asyncio.run(scenario())


def test_end_and_get_of_an_expired_session_the_first_reason_stays(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            old = (await app.service.get_or_create_session(user)).session
            app.clock.advance(hours=8)
            obtained = await asked_meanwhile(database_url, app, ends(old, app), user, commit=True)
        assert (obtained.outcome, obtained.rotated, obtained.session.previous_id) == (Outcome.CREATED, None, old.id)
        assert await stored_events(database_url, old.id) == [("started", None), ("ended", "closed")]

    asyncio.run(scenario())


def test_r16_two_ends_at_once_the_second_waits_and_says_what_the_first_did(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app, running(database_url) as other:
            old = (await app.service.get_or_create_session(user)).session
            async with half_done(app, ends(old, app)) as db:
                task = asyncio.create_task(other.service.escalate_session(old.id, user))
                await waits(app, db, task)
            answer = await task
        assert (answer.status, answer.reason) == (Status.ENDED, Reason.CLOSED)
        assert await stored_events(database_url, old.id) == [("started", None), ("ended", "closed")]

    asyncio.run(scenario())


def test_a_touch_under_way_saves_a_session_from_who_takes_it_for_expired(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            old = (await app.service.get_or_create_session(user)).session
            now = app.clock.advance(hours=8)
            seen = now - timedelta(minutes=1)  # a request that came in time, and was slow
            obtained = await asked_meanwhile(database_url, app, lambda stores: stores.sessions.touch(old.id, seen, seen), user, commit=True)
        assert (obtained.outcome, obtained.session.id, obtained.session.last_activity_at) == (Outcome.REUSED, old.id, seen)
        assert [one.id for one in await stored_sessions(database_url, [user])] == [old.id]

    asyncio.run(scenario())


def test_r16_the_sweeper_leaves_a_session_alone_that_is_being_touched(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app, running(database_url, clock=app.clock) as other:
            sweeper = Sweeper(other.work, other.metrics, other.policy, other.clock)
            app.clock.advance(days=100)  # after every other session of this module
            await sweeper.sweep()
            old = (await app.service.get_or_create_session(user)).session
            now = app.clock.advance(hours=8)
            async with half_done(app, lambda stores: stores.sessions.touch(old.id, now, now)) as db:
                task = asyncio.create_task(sweeper.sweep())
                if app.database.dialect.serial_writers:
                    await waits(app, db, task)
                else:
                    assert await task == 0  # it passes over what somebody else has in hand, and waits for nobody
            assert await task == 0
            assert (await app.service.get_or_create_session(user)).session.id == old.id
        assert await stored_events(database_url, old.id) == [("started", None)]

    asyncio.run(scenario())


def test_r16_a_getter_waits_for_the_sweeper_and_follows_what_it_ended(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            old = (await app.service.get_or_create_session(user)).session
            now = app.clock.advance(hours=8)
            obtained = await asked_meanwhile(
                database_url, app, lambda stores: stores.sessions.end_all([old.id], Reason.IDLE, now), user, commit=True
            )
        assert (obtained.outcome, obtained.session.previous_id, obtained.session.epoch) == (Outcome.CREATED, old.id, 2)
        assert await stored_events(database_url, old.id) == [("started", None), ("ended", "idle")]

    asyncio.run(scenario())


def test_a_touch_that_comes_after_the_end_revives_nothing_and_the_caller_gets_a_live_session(database_url: str) -> None:
    """P7: the getter has read a live session; before it writes its touch, somebody ends it."""

    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            old = (await app.service.get_or_create_session(user)).session
            app.clock.advance(minutes=5)  # so that a touch is due
            obtained = await asked_meanwhile(database_url, app, ends(old, app), user, commit=True)
        assert (obtained.outcome, obtained.session.previous_id) == (Outcome.CREATED, old.id)
        ended, active = await stored_sessions(database_url, [user])
        assert (ended.id, ended.active, active.active) == (old.id, False, True)
        assert ended.last_activity_at == old.last_activity_at

    asyncio.run(scenario())


def test_the_index_stands_in_the_database_as_the_conflict_names_it(healthy_url: str) -> None:
    """P2: without this very predicate an insert says that there is no such constraint, and nothing arbitrates."""
    query = (
        "SELECT sql FROM sqlite_master WHERE name = 'idx_unique_active_session_per_user'"
        if healthy_url.startswith("sqlite")
        else "SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_unique_active_session_per_user'"
    )
    [(definition,)] = asyncio.run(rows_of(healthy_url, text(query)))
    assert "UNIQUE INDEX" in definition
    assert "(subcontractor_id) WHERE" in definition
    assert "status = 'active'" in definition
