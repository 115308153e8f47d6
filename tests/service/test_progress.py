"""Progress updates: one statement starts anew, counters count in SQL, and who writes to an older one is told so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.harness import Running, rows_of, running
from service.talk import add_worker, count, losing_commits, statements, task_of
from session_service.domain import ProgressUpdate, User
from session_service.errors import SessionStale
from session_service.progress import LIFETIME, ProgressUpdateState
from session_service.tables import progress

Scenario = Callable[[Running, ProgressUpdateState, User], Coroutine[Any, Any, None]]


def play(healthy_url: str, url: str, scenario: Scenario) -> None:
    async def run() -> None:
        user = await add_worker(healthy_url)
        async with running(url) as app:
            await scenario(app, ProgressUpdateState(app.work, app.metrics, app.clock), user)

    asyncio.run(run())


def test_r9_starting_another_update_resets_every_column_and_bumps_the_epoch(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        await state.start(user.id, await task_of(app, user))
        dirty = {"step": "dirty", "images_uploaded": 7, "comments_added": 7, "status_changed": True}
        async with app.database.engine.begin() as db:
            await db.execute(update(progress).where(progress.c.subcontractor_id == user.id).values(dirty))
        statement = select(*progress.c).where(progress.c.subcontractor_id == user.id)
        before = (await rows_of(healthy_url, statement))[0]._mapping
        app.clock.advance(seconds=5)
        with statements(app) as seen:
            await state.start(user.id, await task_of(app, user, "Ivry"))
        after = (await rows_of(healthy_url, statement))[0]._mapping
        assert after["epoch"] == before["epoch"] + 1
        assert {name for name in after if after[name] == before[name]} == {"subcontractor_id"}
        assert (after["images_uploaded"], after["comments_added"], after["status_changed"]) == (0, 0, False)
        assert sum("progress_update_sessions" in statement for statement in seen) == 1

    play(healthy_url, database_url, scenario)


def test_r9_a_writer_of_the_update_before_is_stale_and_changes_nothing(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        task = await task_of(app, user)
        old = await state.start(user.id, task)
        new = await state.start(user.id, task)
        for write in (state.add_image, state.add_comment, state.change_status, state.end):
            with pytest.raises(SessionStale):
                await write(old)
        assert await state.current(user.id) == new
        assert count(app, "session_progress_updates_total", outcome="stale") == 4
        assert count(app, "session_progress_updates_total", outcome="started") == 2

    play(healthy_url, database_url, scenario)


def test_r9_the_epoch_outlives_the_end_of_an_update(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        task = await task_of(app, user)
        old = await state.start(user.id, task)
        await state.end(old)
        await state.end(old)  # once more is no error
        assert await state.current(user.id) is None
        with pytest.raises(SessionStale):
            await state.add_image(old)
        new = await state.start(user.id, task)
        assert new.epoch == old.epoch + 1
        with pytest.raises(SessionStale):
            await state.add_image(old)

    play(healthy_url, database_url, scenario)


def test_r10_no_increment_is_lost_among_writers_at_once(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        begun = await state.start(user.id, await task_of(app, user))

        async def writer() -> None:
            async with running(database_url, pool_size=2) as other:
                own = ProgressUpdateState(other.work, other.metrics, other.clock)
                await asyncio.gather(*(own.add_image(begun) for _ in range(10)), *(own.add_comment(begun) for _ in range(5)))

        await asyncio.gather(*(writer() for _ in range(4)))
        found = await state.current(user.id)
        assert found is not None
        assert (found.images_uploaded, found.comments_added, found.epoch) == (40, 20, begun.epoch)

    play(healthy_url, database_url, scenario)


def test_r10_an_increment_whose_commit_got_lost_is_counted_once(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        begun = await state.start(user.id, await task_of(app, user))
        lossy = ProgressUpdateState(losing_commits(app, 2), app.metrics, app.clock)
        counted = await lossy.add_image(begun)
        assert counted.images_uploaded == 1
        assert await state.current(user.id) == counted

    play(healthy_url, database_url, scenario)


def test_r13_an_expired_update_reads_as_none_by_one_statement_that_changes_nothing(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        begun = await state.start(user.id, await task_of(app, user))
        before = await rows_of(healthy_url, select(*progress.c).where(progress.c.subcontractor_id == user.id))
        app.clock.now = begun.expires_at
        with statements(app) as seen:
            assert await state.current(user.id) is None
        assert [statement.split()[0] for statement in seen] == ["SELECT"]
        assert await rows_of(healthy_url, select(*progress.c).where(progress.c.subcontractor_id == user.id)) == before
        with pytest.raises(SessionStale):
            await state.add_comment(begun)

    play(healthy_url, database_url, scenario)


def test_every_step_keeps_the_update_open(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        begun = await state.start(user.id, await task_of(app, user))
        steps = (state.add_image, state.add_comment, state.change_status)
        for step in steps:
            app.clock.advance(seconds=LIFETIME.total_seconds() - 1)
            await step(begun)
        found = await state.current(user.id)
        assert found is not None
        assert (found.images_uploaded, found.comments_added, found.status_changed) == (1, 1, True)

    play(healthy_url, database_url, scenario)


def test_starts_at_once_leave_one_row_and_one_that_is_current(healthy_url: str, database_url: str) -> None:
    async def scenario(app: Running, state: ProgressUpdateState, user: User) -> None:
        task = await task_of(app, user)

        async def starter() -> ProgressUpdate:
            async with running(database_url, pool_size=1) as other:
                return await ProgressUpdateState(other.work, other.metrics, other.clock).start(user.id, task)

        begun = await asyncio.gather(*(starter() for _ in range(8)))
        counted = select(func.count()).where(progress.c.subcontractor_id == user.id)
        assert (await rows_of(healthy_url, counted))[0][0] == 1
        assert sorted(one.epoch for one in begun) == list(range(1, 9))
        current = await state.current(user.id)
        assert current == max(begun, key=lambda one: one.epoch)

    play(healthy_url, database_url, scenario)
