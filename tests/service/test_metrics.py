"""R5, R6: what is counted, by the service on real databases, in one process and in several; and the health report."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.harness import NOON, SettableClock, add_user, add_users, create_schema, running, stored_sessions
from session_service import logs, metrics as vocabulary, reports
from session_service.dialects import postgres
from session_service.domain import Obtained, Outcome, Policy, Reason, Session, Status
from session_service.errors import CAUSES, InvalidInput, StoreUnavailable, UnknownUser
from session_service.metrics import Metrics
from session_service.reports import Level, Summary, checks, render, summarize

SRC = Path(vocabulary.__file__).parents[1]
SESSION = Session("s", "u", Status.ACTIVE, 1, NOON, NOON)


def numbers(metrics: Metrics | bytes) -> dict[tuple[str, tuple[str, ...]], float]:
    """All samples by name and label values; when they were made is left out."""
    text = (metrics if isinstance(metrics, bytes) else metrics.exposition()).decode()
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def fetches(metrics: Metrics | bytes) -> dict[str, int]:
    """The fetches that happened, by outcome."""
    return {labels[0]: int(value) for (name, labels), value in numbers(metrics).items() if name == "session_fetches_total" and value}


# What is exported


def test_r6_every_series_is_there_at_zero_from_the_start() -> None:
    """R6, P17: a series that is born with a value hides it from `rate`."""
    fresh = numbers(Metrics())
    assert set(fresh.values()) == {0.0}
    of = {name: {labels for found, labels in fresh if found == name} for name, _ in fresh}
    assert of["session_fetches_total"] == {("reused",), ("created",), ("rotated",), ("conflict_adopted",), ("error",)}
    assert of["session_rotations_total"] == of["session_ends_total"] == {(reason.value,) for reason in Reason}
    assert of["session_rapid_creates_total"] == of["session_context_mismatch_total"] == of["session_active_duplicates"] == {()}
    assert {path for (path,) in of["session_fetch_duration_seconds_count"]} == {"read", "arbitrated", "error"}
    assert of["session_fetches_per_request_count"] == {()}


def test_every_state_that_a_dialect_names_has_its_series() -> None:
    named = {*postgres._RETRIED, postgres._TAKEN, "busy", "pool", "connection"}
    assert named <= set(vocabulary.STATES)
    assert all(any(state.startswith(kind) for state in vocabulary.STATES) for kind in postgres._GONE)


def test_whatever_is_counted_makes_no_new_series() -> None:
    """R6: the number of series is bounded by the code, whatever comes from outside."""
    metrics = Metrics()
    before = set(numbers(metrics))
    for outcome in Outcome:
        metrics.fetched(Obtained(SESSION, outcome), 0.1)
    for reason in Reason:
        metrics.fetched(Obtained(SESSION, Outcome.ROTATED, reason, timedelta(hours=8)), 0.1)
        metrics.ended(reason, 3)
    for state in (*vocabulary.STATES, "XX000", "", "23505; DROP"):
        metrics.retried(state)
    metrics.fetched(Obtained(SESSION, Outcome.CREATED, None, timedelta(seconds=4)), 0.1)
    metrics.fetch_failed(9.0)
    metrics.request_done(2)
    metrics.repeated_fetch()
    metrics.context_mismatched()
    metrics.duplicates_found(2, NOON)
    for word in vocabulary.PROGRESS:
        metrics.progress_updated(word)
    for word in vocabulary.CLAIMS:
        metrics.key_claimed(word)
    for word in vocabulary.CHORES:
        metrics.chore_failed(word)
    for word in vocabulary.MESSAGES:
        metrics.message_done(word)
    for word in CAUSES:
        metrics.message_failed(word)
    metrics.unknown_zone()
    after = numbers(metrics)
    assert set(after) == before
    assert after["session_retries_total", ("other",)] == 4
    assert after["session_ends_total", ("idle",)] == 3
    assert after["session_active_duplicates", ()] == 2
    assert after["session_duplicates_checked_timestamp_seconds", ()] == NOON.timestamp()
    untouched = {name for name, _ in after} - {name for (name, _), value in after.items() if value}
    assert untouched == set(), "everything that is exported can be counted"


@pytest.mark.parametrize(
    "count",
    [
        lambda metrics: metrics.progress_updated("done"),
        lambda metrics: metrics.key_claimed("user-7"),
        lambda metrics: metrics.chore_failed("x"),
    ],
)
def test_a_word_that_is_no_outcome_is_refused(count) -> None:
    with pytest.raises(ValueError, match="is none of"):
        count(Metrics())


# What the service counts, from the database's own answer


def test_r5_each_outcome_is_counted_where_it_happens(database_url: str) -> None:
    async def scenario() -> None:
        one, two = await add_users(database_url, 2)
        async with running(database_url) as app:
            get = app.service.get_or_create_session
            first = await get(one)
            await get(one)
            await get(two)
            app.clock.advance(hours=8)
            rotated = await get(one)
            await app.service.end_session(rotated.session.id, one)
            await app.service.end_session(rotated.session.id, one)  # had ended already: not counted again
            app.clock.advance(hours=1)
            await get(one)
            with pytest.raises(UnknownUser):
                await get(first.session.id)  # the caller's mistake is no error of the service
            stored = await stored_sessions(database_url, [one, two])
        counted = numbers(app.metrics)
        assert fetches(app.metrics) == {"created": 3, "reused": 1, "rotated": 1}
        assert len(stored) == 3 + 1, "as many as there are rows"
        assert counted["session_rotations_total", ("idle",)] == 1
        assert sum(value for (name, _), value in counted.items() if name == "session_rotations_total") == 1
        assert counted["session_ends_total", ("closed",)] == 1
        assert counted["session_rapid_creates_total", ()] == 0
        assert counted["session_fetch_duration_seconds_count", ("read",)] == 1
        assert counted["session_fetch_duration_seconds_count", ("arbitrated",)] == 4
        assert counted["session_rotated_age_seconds_bucket", ("43200.0",)] == 1
        assert counted["session_rotated_age_seconds_bucket", ("14400.0",)] == 0

    asyncio.run(scenario())


def test_r5_callers_at_once_are_counted_as_one_creation(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            found = await asyncio.gather(*(app.service.get_or_create_session(user) for _ in range(16)))
        assert len({obtained.session.id for obtained in found}) == 1
        counted = fetches(app.metrics)
        assert counted.pop("created") == 1
        assert set(counted) <= {"reused", "conflict_adopted"}
        assert sum(counted.values()) == 15
        assert counted == {
            vocabulary.OUTCOMES[outcome]: many
            for outcome in (Outcome.REUSED, Outcome.ADOPTED)
            if (many := sum(obtained.outcome is outcome for obtained in found))
        }

    asyncio.run(scenario())


@pytest.mark.parametrize(("after", "rapid"), [(0.0, 1), (9.9, 1), (10.0, 0), (11.0, 0)])
def test_r5_rapid_creates_are_seen_in_the_rows(database_url: str, after: float, rapid: int) -> None:
    """Another process made the first one: what is rapid is not in any memory, it is in the store."""

    async def scenario() -> None:
        user, clock = await add_user(database_url), SettableClock()
        async with running(database_url, clock=clock) as app:
            made = await app.service.get_or_create_session(user)
            await app.service.end_session(made.session.id, user, Reason.IDLE)
        clock.advance(seconds=after)
        async with running(database_url, clock=clock) as other:
            await other.service.get_or_create_session(user)
            await other.service.get_or_create_session(user)
        assert numbers(app.metrics)["session_rapid_creates_total", ()] == 0
        assert numbers(other.metrics)["session_rapid_creates_total", ()] == rapid

    asyncio.run(scenario())


@pytest.mark.parametrize("way", ["end", "escalate"])
def test_r5_a_session_whose_end_somebody_asked_for_may_be_followed_at_once(database_url: str, way: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url) as app:
            made = await app.service.get_or_create_session(user)
            await (app.service.end_session if way == "end" else app.service.escalate_session)(made.session.id, user)
            app.clock.advance(seconds=2)
            again = await app.service.get_or_create_session(user)
        assert (again.outcome, again.session.previous_id) == (Outcome.CREATED, made.session.id)
        assert numbers(app.metrics)["session_rapid_creates_total", ()] == 0

    asyncio.run(scenario())


def test_r5_a_rotation_within_seconds_is_rapid_too(database_url: str) -> None:
    async def scenario() -> None:
        user = await add_user(database_url)
        async with running(database_url, policy=Policy(idle=timedelta(seconds=3))) as app:
            for _ in range(4):
                await app.service.get_or_create_session(user)
                app.clock.advance(seconds=4)
        counted = numbers(app.metrics)
        assert counted["session_rapid_creates_total", ()] == 3
        assert counted["session_rotations_total", ("idle",)] == 3
        assert counted["session_rotated_age_seconds_bucket", ("10.0",)] == 3

    asyncio.run(scenario())


def test_r5_a_store_that_is_gone_is_an_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(f"sqlite:///{tmp_path / 'nowhere' / 'service.db'}", budget=0.1) as app:
            with pytest.raises(StoreUnavailable):
                await app.service.get_or_create_session("6f1b0f0e-0000-4000-8000-000000000000")
        assert fetches(app.metrics) == {"error": 1}
        assert numbers(app.metrics)["session_fetch_duration_seconds_count", ("error",)] == 1

    asyncio.run(scenario())


def test_r6_no_id_in_what_is_exported(database_url: str) -> None:
    """R6: not of a user, not of a session, not a part of one; and as many series after fifty users as before."""

    async def scenario() -> None:
        people = await add_users(database_url, 50)
        async with running(database_url) as app:
            before = set(numbers(app.metrics))
            for user in people:
                await app.service.get_or_create_session(user)
                await app.service.get_or_create_session(user)
            ids = people + [session.id for session in await stored_sessions(database_url, people)]
        text = app.metrics.exposition().decode()
        assert len(ids) == 100
        assert [one for one in ids if one in text or one.partition("-")[0] in text] == []
        assert set(numbers(app.metrics)) == before
        labels = {label for family in text_string_to_metric_families(text) for sample in family.samples for label in sample.labels}
        assert labels == {"outcome", "reason", "sqlstate", "path", "chore", "cause", "le"}

    asyncio.run(scenario())


def test_the_watch_asks_again_after_the_database_was_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        url = f"sqlite:///{tmp_path / 'later' / 'service.db'}"
        async with running(url, budget=0.0) as app, asyncio.timeout(60):
            task = asyncio.create_task(reports.watch_duplicates(app.work, app.metrics, app.clock, every=0.001))
            with pytest.raises(StoreUnavailable):
                await reports.duplicates(app.work)
            assert numbers(app.metrics)["session_duplicates_checked_timestamp_seconds", ()] == 0
            (tmp_path / "later").mkdir()
            await create_schema(url)
            while not numbers(app.metrics)["session_duplicates_checked_timestamp_seconds", ()]:
                await asyncio.sleep(0.001)
                assert not task.done()
            assert numbers(app.metrics)["session_duplicates_checked_timestamp_seconds", ()] == NOON.timestamp()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())


def test_a_chore_that_meets_an_error_of_no_type_goes_on_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        url = f"sqlite:///{tmp_path / 'service.db'}"
        await create_schema(url)
        broken = [ZeroDivisionError("a secret"), UnknownUser("typed")]

        def clock() -> datetime:
            if broken:
                raise broken.pop(0)
            return NOON

        async with running(url) as app, asyncio.timeout(60):
            task = asyncio.create_task(reports.watch_duplicates(app.work, app.metrics, clock, every=0.001))
            while not numbers(app.metrics)["session_duplicates_checked_timestamp_seconds", ()]:
                await asyncio.sleep(0.001)
                assert not task.done()
            assert numbers(app.metrics)["session_chore_failures_total", ("duplicates",)] == 2
            assert numbers(app.metrics)["session_chore_failures_total", ("sweep",)] == 0
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())
    lines = [json.loads(logs.JsonLines().format(record)) for record in caplog.records]
    assert [(line["level"], line["chore"], line.get("code"), line.get("error")) for line in lines] == [
        ("error", "duplicates", None, "ZeroDivisionError"),
        ("warning", "duplicates", "unknown_user", None),
    ]
    assert "secret" not in str(lines)


# Several processes

PARENT = """
import subprocess, sys
from session_service.metrics import Metrics, share
own = Metrics()
share(sys.argv[1])
workers = [subprocess.Popen([sys.executable, "-c", {worker!r}, sys.argv[2], user]) for user in sys.argv[3:]]
print([worker.wait() for worker in workers], file=sys.stderr)
sys.stdout.buffer.write(Metrics().exposition())
"""
WORKER = """
import asyncio, os, signal, sys
from datetime import timedelta
from service.harness import NOON, running
async def work():
    async with running(sys.argv[1]) as app:
        for _ in range(10):
            await app.service.get_or_create_session(sys.argv[2])
        app.metrics.request_done(10)
        app.metrics.duplicates_found(0, NOON + timedelta(seconds=1))
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(work())
"""


def test_r6_the_counts_of_two_processes_sum(database_url: str, tmp_path: Path) -> None:
    """R6: two real processes, which are killed at the end: what they counted is still there. What an earlier run left is not."""
    people = asyncio.run(add_users(database_url, 2))
    shared = tmp_path / "shared"
    shared.mkdir()
    for left in ("counter_99.db", "gauge_mostrecent_7.db", "histogram_3.db", "notes.txt", "other_1.db"):
        (shared / left).write_bytes(b"left by an earlier run")
    done = subprocess.run(
        [sys.executable, "-c", PARENT.format(worker=WORKER), shared, database_url, *people],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(SRC), str(Path(__file__).parents[1])])},
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert done.stderr.decode().strip() == str([-signal.SIGKILL] * 2)
    assert fetches(done.stdout) == {"created": 2, "reused": 18}
    counted = numbers(done.stdout)
    assert counted["session_fetch_duration_seconds_count", ("read",)] == 18
    assert counted["session_fetches_per_request_sum", ()] == 20
    assert counted["session_duplicates_checked_timestamp_seconds", ()] == NOON.timestamp() + 1, "a time is not summed"
    assert {labels for name, labels in counted if name == "session_fetches_total"} >= {("error",), ("conflict_adopted",)}
    assert sorted(file.name for file in shared.iterdir() if not file.name.endswith(".db")) == ["notes.txt", "session-service.lock"]
    assert (shared / "other_1.db").exists(), "not ours"
    assert not (shared / "counter_99.db").exists()
    summary = summarize(done.stdout.decode())
    assert (summary.created, summary.reused, summary.duplicates) == (2, 18, 0)


# The report


def summary(**changes: int | None) -> Summary:
    """Five created, 95 reused, nothing bad."""
    numbers = {"created": 5, "reused": 95, "rotated": 0, "adopted": 0, "errors": 0, "rapid_creates": 0, "context_losses": 0, "retries": 0}
    return Summary(**(numbers | {"duplicates": 0, "guarded": True} | changes))


def test_the_report_is_that_of_the_account() -> None:
    """Its lines, as "Expected Output" has them, and ours between and after."""
    lines = render(summary()).splitlines()
    assert lines[:4] == [
        "Sessions Created:        5",
        "Sessions Reused:         95",
        "Session Reuse Ratio:     95.00%",
        "Context Loss Incidents:  0",
    ]
    assert lines[lines.index("Health Status:") - 1 :][:4] == [
        "",
        "Health Status:",
        "  ✅ Session reuse ratio is HEALTHY (≥95%)",
        "     Phase 2 fix is working correctly!",
    ]


@pytest.mark.parametrize(
    ("changes", "level", "healthy"),
    [
        ({}, Level.GOOD, True),
        ({"created": 6, "reused": 94}, Level.WARNING, True),
        ({"created": 10, "reused": 90}, Level.WARNING, True),
        ({"created": 11, "reused": 89}, Level.BAD, False),
        ({"created": 19, "reused": 0}, Level.UNCLEAR, True),  # too few to say
        ({"created": 20, "reused": 0}, Level.BAD, False),
        ({"created": 0, "reused": 0}, Level.UNCLEAR, True),
        ({"rapid_creates": 1}, Level.BAD, False),
        ({"context_losses": 1}, Level.BAD, False),
        ({"duplicates": 1}, Level.BAD, False),
        ({"duplicates": None}, Level.UNCLEAR, True),
        ({"guarded": False}, Level.BAD, False),
        ({"guarded": None}, Level.GOOD, True),
        ({"retries": 100, "errors": 2, "adopted": 7}, Level.GOOD, True),  # alerts judge these by their rate
    ],
)
def test_health_has_thresholds(changes: dict[str, int | None], level: Level, healthy: bool) -> None:
    found = summary(**changes)
    assert found.healthy is healthy
    assert level in {check.level for check in checks(found)}
    assert ("❌" in render(found)) is not healthy


def test_the_summary_holds_what_was_counted() -> None:
    metrics = Metrics()
    for outcome, many in ((Outcome.CREATED, 3), (Outcome.REUSED, 40), (Outcome.ADOPTED, 2)):
        for _ in range(many):
            metrics.fetched(Obtained(SESSION, outcome), 0.1)
    metrics.fetched(Obtained(SESSION, Outcome.ROTATED, Reason.BOUNDARY, timedelta(seconds=4)), 0.1)
    metrics.retried("40001")
    metrics.retried("busy")
    metrics.fetch_failed(1.0)
    metrics.context_mismatched()
    text = metrics.exposition().decode()
    assert summarize(text) == Summary(4, 40, 1, 2, 1, 1, 1, 2, None), "nobody asked the database: the gauge's zero means nothing"
    metrics.duplicates_found(3, NOON)
    assert summarize(metrics.exposition().decode()).duplicates == 3
    assert summarize(metrics.exposition().decode(), 0).duplicates == 0, "the database knows better than the gauge"
    assert summarize(text).reuse_ratio == 40 / 44


@pytest.mark.parametrize("text", ["", "<html>hello</html>", "up 1\n", "session_fetches_total{outcome=", "\x00\x01"])
def test_a_text_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="what was read"):
        summarize(text)
