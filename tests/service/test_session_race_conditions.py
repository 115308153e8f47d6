"""The tests that the account lists for its phase 8, by their names, on real databases.

Users are made on `healthy_url`, the service under test runs on `database_url`: against a store that is dead none of these may pass
(R14, see test_dead_store.py).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import uuid4

from sqlalchemy import select

from service.harness import NOON, SettableClock, add_user, add_users, rows_of, running, stored_events, stored_sessions
from service.talk import add_worker, count, pipeline, task_of
from session_service.domain import Outcome, Reason
from session_service.errors import SessionStale
from session_service.handlers.pipeline import Incoming
from session_service.progress import ProgressUpdateState
from session_service.reports import summarize
from session_service.tables import progress


def test_no_duplicate_sessions_on_concurrent_creates(healthy_url: str, database_url: str) -> None:
    """R1, R2: three clicks at once, on one service and on three of them."""

    async def scenario() -> None:
        for user in await add_users(healthy_url, 20):
            async with running(database_url) as one, running(database_url) as two, running(database_url) as three:
                clicks = [app.service.get_or_create_session(user) for app in (one, one, one, two, three)]
                obtained = await asyncio.gather(*clicks)
            assert len(obtained) == 5
            [stored] = await stored_sessions(healthy_url, [user])
            assert stored.active
            assert {answer.session.id for answer in obtained} == {stored.id}
            assert [answer.outcome for answer in obtained].count(Outcome.CREATED) == 1
            assert await stored_events(healthy_url, stored.id) == [("started", None)]

    asyncio.run(scenario())


def test_session_reuse_ratio_healthy(healthy_url: str, database_url: str) -> None:
    """R5: a day of 25 messages, a quarter of an hour apart, is one session: 24 of 25 fetches reuse it."""

    async def scenario() -> None:
        users = await add_users(healthy_url, 3)
        async with running(database_url) as app:
            for _ in range(25):
                await asyncio.gather(*(app.service.get_or_create_session(user) for user in users))
                app.clock.advance(minutes=15)
            found = summarize(app.metrics.exposition().decode())
        assert (found.created, found.reused, found.errors) == (3, 72, 0)
        assert found.reuse_ratio == 72 / 75
        assert found.reuse_ratio >= 0.95
        assert len(await stored_sessions(healthy_url, users)) == 3

    asyncio.run(scenario())


def test_metrics_detect_suspicious_rate(healthy_url: str, database_url: str) -> None:
    """R5: two sessions of a user within 10 seconds are counted from the rows of both; two within a minute are not."""

    async def scenario() -> None:
        user = await add_user(healthy_url)
        rapid = []
        async with running(database_url) as app:
            for seconds in (0, 60, 9, 9, 10):
                app.clock.advance(seconds=seconds)
                obtained = await app.service.get_or_create_session(user)
                assert obtained.outcome is Outcome.CREATED
                await app.service.end_session(obtained.session.id, user, Reason.IDLE)  # nobody asked for it
                rapid.append(summarize(app.metrics.exposition().decode()).rapid_creates)
        assert rapid == [0, 0, 1, 2, 2]

    asyncio.run(scenario())


def test_metrics_summary_format(healthy_url: str, database_url: str) -> None:
    """R5, R6: what the health report is made of, after one fetch of each kind; no id in what is exported."""

    async def scenario() -> None:
        user = await add_user(healthy_url)
        async with running(database_url) as app:
            first = await app.service.get_or_create_session(user)
            await app.service.get_or_create_session(user)
            app.clock.advance(hours=8)
            second = await app.service.get_or_create_session(user)
            duplicates = await app.work.read(lambda stores: stores.sessions.duplicates())
            exposition = app.metrics.exposition().decode()
        found = summarize(exposition, duplicates)
        assert (found.created, found.reused, found.rotated, found.adopted) == (2, 1, 1, 0)
        assert (found.errors, found.rapid_creates, found.context_losses, found.retries, found.duplicates) == (0, 0, 0, 0, 0)
        assert found.reuse_ratio == 1 / 3
        assert found.healthy
        for secret in (user, first.session.id, second.session.id):
            assert secret not in exposition

    asyncio.run(scenario())


def test_progress_update_concurrent_session_creates(healthy_url: str, database_url: str) -> None:
    """R9: of starts at once each gets an epoch of its own, one row stays, and only the one that came last can write to it."""

    async def scenario() -> None:
        user = await add_worker(healthy_url)
        async with running(healthy_url) as app:
            tasks = [await task_of(app, user, project) for project in ("Champigny", "Ivry")]
        async with running(database_url) as app, running(database_url) as other:
            states = [ProgressUpdateState(one.work, one.metrics, one.clock) for one in (app, other)]
            begun = await asyncio.gather(*(states[number % 2].start(user.id, tasks[number // 2 % 2]) for number in range(12)))
            last = max(begun, key=lambda update: update.epoch)
            stale = [update for update in begun if update != last]
            refused = await asyncio.gather(*(states[0].add_image(update) for update in stale), return_exceptions=True)
            assert [type(answer) for answer in refused] == [SessionStale] * 11
            assert await states[1].current(user.id) == last
        assert sorted(update.epoch for update in begun) == list(range(1, 13))
        rows = await rows_of(healthy_url, select(progress).where(progress.c.subcontractor_id == user.id))
        assert [(row.id, row.epoch, row.task_id) for row in rows] == [(last.id, 12, last.task_id)]

    asyncio.run(scenario())


def test_context_preserved_across_actions(healthy_url: str, database_url: str) -> None:
    """R4, R8: "Champigny" is clicked three times at once: its tasks come back, in one session, fetched once for each message."""

    async def scenario() -> None:
        user = await add_worker(healthy_url)
        async with running(database_url) as app:
            bot = pipeline(app)
            clicks = await asyncio.gather(*(bot.process(Incoming(user.phone, "", "project:Champigny")) for _ in range(3)))
            listed = await bot.process(Incoming(user.phone, "my tasks"))
            opened = await bot.process(Incoming(user.phone, "", listed.buttons[0]))
            await bot.process(Incoming(user.phone, "", "photo"))
            report = summarize(app.metrics.exposition().decode())
            fetches = count(app, "session_fetches_per_request_sum"), count(app, "session_fetches_per_request_count")
        for answer in (*clicks, listed):
            assert answer.text.startswith("Champigny:")
            assert "Hang the doors" in answer.text
        [stored] = await stored_sessions(healthy_url, [user.id])
        assert {answer.session_id for answer in (*clicks, listed, opened)} == {stored.id}
        assert (stored.context, report.context_losses) == ("Champigny", 0)
        assert fetches == (6, 6)

    asyncio.run(scenario())


def test_progress_update_session_reset_on_new_task(healthy_url: str, database_url: str) -> None:
    """R9, R10: another task begins with every counter at 0, whatever was counted for the one before."""

    async def scenario() -> None:
        user = await add_worker(healthy_url)
        async with running(healthy_url) as app:
            first, second = [await task_of(app, user, project) for project in ("Champigny", "Ivry")]
        async with running(database_url) as app:
            state = ProgressUpdateState(app.work, app.metrics, app.clock)
            old = await state.start(user.id, first)
            await asyncio.gather(*(state.add_image(old) for _ in range(5)), *(state.add_comment(old) for _ in range(3)))
            used = await state.change_status(old)
            assert (used.images_uploaded, used.comments_added, used.status_changed) == (5, 3, True)
            app.clock.advance(minutes=1)
            new = await state.start(user.id, second)
            assert (new.images_uploaded, new.comments_added, new.status_changed) == (0, 0, False)
            assert (new.task_id, new.epoch, new.started_at) == (second, old.epoch + 1, app.clock())
            assert new.id != old.id
            assert await state.current(user.id) == new

    asyncio.run(scenario())


def test_no_orphaned_sessions_after_error(healthy_url: str, database_url: str) -> None:
    """R1, R17: whatever is interrupted while an expired session is replaced, it is replaced as a whole, or not at all."""

    async def scenario() -> None:
        users = await add_users(healthy_url, 25)
        worker = await add_worker(healthy_url)
        async with running(healthy_url, clock=SettableClock(NOON)) as before:
            old = {user: (await before.service.get_or_create_session(user)).session for user in users}
        clock = SettableClock(NOON)
        clock.advance(hours=8)
        async with running(database_url, clock=clock) as app:
            for number, user in enumerate(users):
                callers = [asyncio.create_task(app.service.get_or_create_session(user)) for _ in range(4)]
                await asyncio.sleep(number * 0.0004)  # anywhere between the first statement and the last
                for caller in callers[1:]:
                    caller.cancel()
                answer = await callers[0]
                for caller in callers[1:]:
                    with suppress(asyncio.CancelledError):
                        await caller
                ended, active = await stored_sessions(healthy_url, [user])
                assert (ended.id, ended.active, active.active) == (old[user].id, False, True)
                assert active.id == answer.session.id
                assert active.previous_id == ended.id
                assert await stored_events(healthy_url, ended.id) == [("started", None), ("ended", "idle")]
                assert await stored_events(healthy_url, active.id) == [("started", None)]
            # and a start that the database refuses, for a task that is none, leaves the update of before as it was
            state, task = ProgressUpdateState(app.work, app.metrics, app.clock), await task_of(app, worker)
            begun = await state.start(worker.id, task)
            refused = await asyncio.gather(*(state.start(worker.id, str(uuid4())) for _ in range(3)), return_exceptions=True)
            assert all(isinstance(answer, Exception) for answer in refused)
            assert await state.current(worker.id) == begun

    asyncio.run(scenario())
