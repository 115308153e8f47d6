"""The use cases on sessions, on both databases."""

from __future__ import annotations

import asyncio
import json
from datetime import time, timedelta
from uuid import uuid4

import pytest
from prometheus_client import generate_latest

from service.harness import NOON, SettableClock, add_user, add_users, running, stored_events, stored_sessions
from session_service.domain import Boundary, Outcome, Policy, Reason, Status
from session_service.errors import SessionNotFound, UnknownUser
from session_service.logs import JsonLines
from session_service.sweeper import Sweeper

DAYS = Policy(lifetime=timedelta(days=2), boundaries=(Boundary("morning", time(6)),))


def test_the_first_contact_creates_and_the_second_reuses(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            first = await app.service.get_or_create_session(user)
            second = await app.service.get_or_create_session(user)
        assert (first.outcome, first.previous_age, first.session.previous_id) == (Outcome.CREATED, None, None)
        assert second.outcome is Outcome.REUSED
        assert second.session == first.session
        assert await stored_sessions(database_url, [user]) == [first.session]

    asyncio.run(scenario())


def test_r17_every_transition_leaves_an_audit_row_with_its_reason_and_sessions_are_linked(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url, "Europe/Paris")
        async with running(database_url, policy=DAYS) as app:
            service, clock, begun = app.service, app.clock, []
            begun.append(await service.get_or_create_session(user))
            clock.advance(hours=7)
            begun.append(await service.get_or_create_session(user))  # idle
            for _ in range(9):
                clock.advance(hours=2)
                obtained = await service.get_or_create_session(user)  # 06:00 in Paris is passed once
                if obtained.outcome is not Outcome.REUSED:
                    begun.append(obtained)
            await service.end_session(begun[-1].session.id, user)
            begun.append(await service.get_or_create_session(user))
            await service.escalate_session(begun[-1].session.id, user)
            begun.append(await service.get_or_create_session(user))
            history = await service.history(user)
        assert [one.outcome.value for one in begun] == ["created", "rotated", "rotated", "created", "created"]
        assert [one.rotated for one in begun] == [None, Reason.IDLE, Reason.BOUNDARY, None, None]
        assert [one.previous_age for one in begun[:2]] == [None, timedelta(hours=7)]
        assert [one.id for one in history] == [one.session.id for one in reversed(begun)]
        assert [one.previous_id for one in history] == [*(one.session.id for one in reversed(begun[:-1])), None]
        assert [one.epoch for one in history] == [5, 4, 3, 2, 1]
        expected = [("ended", "idle"), ("ended", "boundary"), ("ended", "closed"), ("escalated", "escalated"), None]
        for obtained, end in zip(begun, expected, strict=True):
            noted = [("started", None)] if end is None else [("started", None), end]
            assert await stored_events(database_url, obtained.session.id) == noted

    asyncio.run(scenario())


def test_a_session_in_constant_use_ends_with_its_lifetime(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        reasons = []
        async with running(database_url, policy=Policy(lifetime=timedelta(days=2))) as app:
            for _ in range(49):
                reasons.append((await app.service.get_or_create_session(user)).rotated)
                app.clock.advance(hours=1)
        assert reasons == [None] * 48 + [Reason.LIFETIME]

    asyncio.run(scenario())


def test_r16_end_and_escalate_are_idempotent_and_keep_the_first_answer(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            session = (await app.service.get_or_create_session(user)).session
            first = await app.service.escalate_session(session.id, user)
            app.clock.advance(minutes=1)
            assert await app.service.end_session(session.id, user) == first
            assert await app.service.escalate_session(session.id, user) == first
            assert (first.status, first.reason, first.ended_at) == (Status.ESCALATED, Reason.ESCALATED, NOON)
        assert await stored_sessions(database_url, [user]) == [first]
        assert await stored_events(database_url, session.id) == [("started", None), ("escalated", "escalated")]

    asyncio.run(scenario())


def test_r8_a_session_of_another_user_is_not_there(database_url: str) -> None:
    async def scenario() -> None:
        owner, other = await add_users(database_url, 2)
        async with running(database_url) as app:
            session = (await app.service.get_or_create_session(owner)).session
            for call in (app.service.session, app.service.end_session, app.service.escalate_session):
                with pytest.raises(SessionNotFound):
                    await call(session.id, other)
                with pytest.raises(SessionNotFound):
                    await call(str(uuid4()), owner)
            assert await app.service.session(session.id, owner) == session

    asyncio.run(scenario())


def test_r15_an_unknown_user_is_an_error_by_its_type(database_url: str) -> None:
    async def scenario() -> None:
        async with running(database_url) as app:
            with pytest.raises(UnknownUser):
                await app.service.get_or_create_session(str(uuid4()))
            assert await app.service.history(str(uuid4())) == ()

    asyncio.run(scenario())


def test_a_touch_is_written_at_most_once_in_the_slack_and_revives_nothing(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            seen = []
            for _ in range(7):
                await app.service.get_or_create_session(user)
                [stored] = await stored_sessions(database_url, [user])
                seen.append(int((stored.last_activity_at - NOON).total_seconds()))
                app.clock.advance(seconds=25)
            assert seen == [0, 0, 0, 75, 75, 75, 150]
            ended = await app.service.end_session(stored.id, user)
            assert not await app.work.apply(lambda stores: stores.sessions.touch(stored.id, app.clock(), app.clock()))
        assert await stored_sessions(database_url, [user]) == [ended]

    asyncio.run(scenario())


def test_r13_reading_changes_nothing_however_long_ago_the_session_expired(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            session = (await app.service.get_or_create_session(user)).session
            app.clock.advance(days=30)
            for _ in range(3):
                assert await app.service.session(session.id, user) == session
                assert await app.service.history(user) == (session,)
        assert await stored_sessions(database_url, [user]) == [session]
        assert await stored_events(database_url, session.id) == [("started", None)]

    asyncio.run(scenario())


def test_r16_the_sweeper_ends_what_is_overdue_in_batches_once_and_nothing_else(database_url: str) -> None:
    async def scenario() -> None:
        clock = SettableClock(NOON + timedelta(days=1000))  # after the sessions of the other tests of this module
        policy = Policy(idle=timedelta(hours=7), lifetime=timedelta(hours=10))
        old, idle, fresh = [await add_users(database_url, 6) for _ in range(3)]
        async with running(database_url, policy=policy, clock=clock) as app:
            sweeper = Sweeper(app.work, app.metrics, policy, clock, batch=4)
            await sweeper.sweep()
            for user in old:
                await app.service.get_or_create_session(user)
            clock.advance(hours=4)
            for user in idle:
                await app.service.get_or_create_session(user)
            for user in old:
                await app.service.get_or_create_session(user)
            clock.advance(hours=6)
            for user in fresh:
                await app.service.get_or_create_session(user)
            assert await sweeper.sweep() == 6  # the lifetime of the old ones; all of it, in two batches
            clock.advance(hours=1)
            other = Sweeper(app.work, app.metrics, policy, clock, batch=1)
            assert sum(await asyncio.gather(sweeper.sweep(), other.sweep())) == 6
            assert [await sweeper.sweep(), await other.sweep()] == [0, 0]
        for users, reason in ((old, Reason.LIFETIME), (idle, Reason.IDLE), (fresh, None)):
            stored = await stored_sessions(database_url, users)
            assert [one.reason for one in stored] == [reason] * 6
            for one in stored:
                assert (await stored_events(database_url, one.id))[1:] == ([] if reason is None else [("ended", reason.value)])

    asyncio.run(scenario())


def test_after_the_sweeper_the_next_session_follows_the_one_that_was_ended(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            first = (await app.service.get_or_create_session(user)).session
            app.clock.advance(hours=8)
            assert await Sweeper(app.work, app.metrics, app.policy, app.clock).sweep() >= 1
            second = await app.service.get_or_create_session(user)
        assert (second.outcome, second.previous_age) == (Outcome.CREATED, timedelta(hours=8))
        assert (second.session.previous_id, second.session.epoch) == (first.id, 2)

    asyncio.run(scenario())


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Europe", "../../etc/passwd", "zone.tab", "Europe/Paris\n", "x" * 5000])
def test_a_user_whose_stored_time_zone_is_none_is_served_by_utc(database_url: str, zone: str, caplog: pytest.LogCaptureFixture) -> None:
    """Others write to the users' table, too. It is noted, without the id."""

    async def scenario() -> tuple[str, str]:
        user = await add_user(database_url, zone)
        async with running(database_url, policy=DAYS) as app:  # noon: the boundary is at 06:00
            first = await app.service.get_or_create_session(user)
            app.clock.advance(hours=6)
            assert (await app.service.get_or_create_session(user)).outcome is Outcome.REUSED
            app.clock.advance(hours=6)
            assert (await app.service.get_or_create_session(user)).outcome is Outcome.REUSED
            app.clock.advance(hours=6, minutes=1)
            after = await app.service.get_or_create_session(user)
            assert (after.outcome, after.rotated) == (Outcome.ROTATED, Reason.BOUNDARY)
            assert after.session.previous_id == first.session.id
            return user, generate_latest(app.metrics.registry).decode()

    user, exposed = asyncio.run(scenario())
    assert "session_unknown_time_zones_total 4.0" in exposed.splitlines()
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert [(line["level"], line["time_zone"]) for line in lines] == [("warning", zone[:64])] * 4
    assert user not in str(lines)
