"""Idempotency keys (R12): claimed before the work, in the store of the effect, finished in the transaction of the effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.harness import Running, running
from service.talk import count, losing_commits
from session_service.errors import IdempotencyMismatch, RequestInProgress, ServiceError
from session_service.idempotency import Claim, Idempotency, Replay, fingerprint
from session_service.stores import Stores

LEASE = timedelta(seconds=30)
Scenario = Callable[[Running, Idempotency, str], Coroutine[Any, Any, None]]


def keys_of(app: Running) -> Idempotency:
    return Idempotency(app.work, app.metrics, app.clock, LEASE)


def play(url: str, scenario: Scenario) -> None:
    async def run() -> None:
        async with running(url) as app:
            await scenario(app, keys_of(app), uuid4().hex)

    asyncio.run(run())


async def claimed(keys: Idempotency, scope: str, print_: str = "p") -> Claim:
    claim = await keys.claim(scope, "key", print_)
    assert isinstance(claim, Claim)
    return claim


def test_r12_while_the_first_is_at_work_the_second_is_sent_away(database_url: str) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        claim = await claimed(keys, scope)
        with pytest.raises(RequestInProgress):
            await keys.claim(scope, "key", "p")
        await app.work.write(lambda stores: keys.finish(stores, claim, "the answer"))
        assert await keys.claim(scope, "key", "p") == Replay("the answer")
        assert isinstance(await keys.claim(scope, "another key", "p"), Claim)
        assert isinstance(await keys.claim(f"{scope}2", "key", "p"), Claim)
        assert count(app, "session_idempotency_claims_total", outcome="claimed") == 3
        assert count(app, "session_idempotency_claims_total", outcome="in_progress") == 1
        assert count(app, "session_idempotency_claims_total", outcome="replayed") == 1

    play(database_url, scenario)


@pytest.mark.parametrize("finished", [True, False])
def test_r12_another_content_under_the_same_key_is_refused(database_url: str, finished: bool) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        claim = await claimed(keys, scope)
        if finished:
            await app.work.write(lambda stores: keys.finish(stores, claim, "the answer"))
        app.clock.advance(hours=1)  # also of a key whose lease is over
        with pytest.raises(IdempotencyMismatch):
            await keys.claim(scope, "key", "q")

    play(database_url, scenario)


def test_r12_of_many_claims_at_once_one_succeeds(database_url: str) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        for key in map(str, range(5)):
            assert await racers(database_url, app, scope, key) == 1

    play(database_url, scenario)


def test_r12_of_many_that_take_over_at_once_one_succeeds(database_url: str) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        for key in map(str, range(5)):
            await keys.claim(scope, key, "p")
            app.clock.advance(seconds=LEASE.total_seconds())
            assert await racers(database_url, app, scope, key) == 1

    play(database_url, scenario)


async def racers(url: str, app: Running, scope: str, key: str) -> int:
    """How many of twelve claims, on four engines at once, succeed; the others must be told that one is at work."""

    async def racer() -> list[object]:
        async with running(url, clock=app.clock, pool_size=3) as other:
            own = keys_of(other)
            return await asyncio.gather(*(own.claim(scope, key, "p") for _ in range(3)), return_exceptions=True)

    results = [result for several in await asyncio.gather(*(racer() for _ in range(4))) for result in several]
    assert all(isinstance(result, Claim | RequestInProgress) for result in results), results
    return sum(isinstance(result, Claim) for result in results)


def test_r12_who_lost_the_lease_cannot_finish_and_its_effect_is_undone(database_url: str) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        slow = await claimed(keys, scope)
        app.clock.advance(seconds=LEASE.total_seconds() - 1)
        with pytest.raises(RequestInProgress):
            await keys.claim(scope, "key", "p")
        app.clock.advance(seconds=1)
        fast = await claimed(keys, scope)
        assert count(app, "session_idempotency_claims_total", outcome="taken_over") == 1
        phone = f"+{uuid4().int % 10**12}"

        def effect(claim: Claim) -> Callable[[Stores], Coroutine[Any, Any, None]]:
            async def operation(stores: Stores) -> None:
                await stores.directory.register(phone, "UTC")
                await keys.finish(stores, claim, f"by {claim.owner}")

            return operation

        with pytest.raises(RequestInProgress):
            await app.work.write(effect(slow))
        assert await app.work.read(lambda stores: stores.directory.user_by_phone(phone)) is None
        await app.work.write(effect(fast))
        assert await app.work.read(lambda stores: stores.directory.user_by_phone(phone)) is not None
        assert await keys.claim(scope, "key", "p") == Replay(f"by {fast.owner}")

    play(database_url, scenario)


def test_r12_after_a_failure_the_same_request_can_come_again_at_once(database_url: str) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        failed = await claimed(keys, scope)
        await keys.release(failed)
        again = await claimed(keys, scope)
        assert again.owner != failed.owner
        await keys.release(failed)  # of one that is not ours any more: nothing
        with pytest.raises(RequestInProgress):
            await keys.claim(scope, "key", "p")

    play(database_url, scenario)


def test_r12_a_claim_whose_commit_got_lost_is_known_again_by_its_owner(database_url: str) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        lossy = Idempotency(losing_commits(app), app.metrics, app.clock, LEASE)
        claim = await claimed(lossy, scope)
        await app.work.write(lambda stores: keys.finish(stores, claim, "the answer"))  # RequestInProgress, if it were another's

    play(database_url, scenario)


def test_old_keys_are_forgotten_in_batches(database_url: str) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        app.clock.advance(days=-1000)
        for key in ("a", "b", "c"):
            await keys.claim(scope, key, "p")
        old = app.clock.now + timedelta(seconds=1)
        app.clock.advance(days=1000)
        await keys.claim(scope, "young", "p")
        assert len(await app.work.read(lambda stores: stores.idempotency.old(old, 2))) == 2
        assert [await keys.forget(old, 2) for _ in range(2)] == [3, 0]
        assert await app.work.read(lambda stores: stores.idempotency.read(scope, "a")) is None
        assert await app.work.read(lambda stores: stores.idempotency.read(scope, "young")) is not None

    play(database_url, scenario)


def test_a_fingerprint_depends_on_the_content_alone() -> None:
    assert fingerprint({"a": "1", "b": None}) == fingerprint({"b": None, "a": "1"})
    assert len({fingerprint(content) for content in ({"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": None}, {"a": "null"})}) == 5


def test_r14_on_a_dead_store_a_claim_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    async def scenario(app: Running, keys: Idempotency, scope: str) -> None:
        with pytest.raises(ServiceError) as raised:
            await keys.claim(scope, "key", "p")
        assert raised.value.code == "store_unavailable"

    play(f"sqlite:///{tmp_path_factory.mktemp('dead') / 'no_such_directory' / 'x.db'}", scenario)
