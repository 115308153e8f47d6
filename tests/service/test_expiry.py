"""R3: when a session ends is a pure function of the time now, of its start, its last activity, the time zone and the policy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from session_service.domain import Boundary, Policy, Reason, Session, Status, crossed, expiry

ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata", "Pacific/Honolulu")
# clocks go forward, and back, in Paris; the day of the incidents; a leap day
DAYS = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 1, 17), date(2028, 2, 29))
MORNING, EVENING, MIDNIGHT = Boundary("morning", time(6)), Boundary("evening", time(20)), Boundary("midnight", time(0))
BOUNDARIES = (MORNING, EVENING, MIDNIGHT)
POLICY = Policy(idle=timedelta(hours=7), lifetime=None, boundaries=BOUNDARIES)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def session(started: datetime, last: datetime) -> Session:
    return Session("s", "u", Status.ACTIVE, 1, started, last)


def splits(touches: Sequence[datetime], zone: ZoneInfo, policy: Policy) -> list[tuple[datetime, Reason]]:
    """When a user who writes at these times gets a new session, and why; the last activity is stored as rarely as the policy allows."""
    found = []
    current = session(touches[0], touches[0])
    for now in touches:
        reason = expiry(current, now, zone, policy)
        if reason is not None:
            found.append((now, reason))
            current = session(now, now)
        elif current.last_activity_at < now - policy.touch_slack:
            current = replace(current, last_activity_at=now)
    return found


@cache
def instants(boundary: Boundary, zone: ZoneInfo, first: date, days: int) -> tuple[datetime, ...]:
    """The boundary's instants, found without the arithmetic of the code: the minutes in which the clocks of the zone first show it."""
    start = datetime.combine(first, time(0), tzinfo=UTC) - timedelta(days=2)
    found: dict[date, datetime] = {}
    for minute in range((days + 4) * 1440):
        local = (start + minute * MINUTE).astimezone(zone)
        if local.time().replace(tzinfo=None) == boundary.at:
            found.setdefault(local.date(), start + minute * MINUTE)
    return tuple(sorted(found.values()))


def every_minute(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Every minute of the local day, which has 23, 24 or 25 hours, in UTC."""
    now = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
    while now < end:
        yield now
        now += MINUTE


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("name", ZONES)
def test_r3_at_every_minute_of_the_day_calls_close_together_share_a_session(name: str, day: date) -> None:
    zone = ZoneInfo(name)
    all_instants = sorted(instant for boundary in BOUNDARIES for instant in instants(boundary, zone, day, 1))
    minutes = 0
    for start in every_minute(day, zone):
        minutes += 1
        for first in (start, start - 7 * SECOND):  # the second one straddles a boundary on the minute
            touches = [first, first + 5 * SECOND, first + 10 * SECOND]
            passed = [instant for instant in all_instants if touches[0] < instant <= touches[-1]]
            assert [reason for _, reason in splits(touches, zone, POLICY)] == [Reason.BOUNDARY] * len(passed), first
    assert minutes == {("Europe/Paris", DAYS[0]): 23 * 60, ("Europe/Paris", DAYS[1]): 25 * 60}.get((name, day), 24 * 60)


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("name", ZONES)
def test_r3_each_boundary_splits_a_busy_day_exactly_once(name: str, day: date) -> None:
    zone = ZoneInfo(name)
    touches = list(every_minute(day, zone))
    expected = sorted(
        instant for boundary in BOUNDARIES for instant in instants(boundary, zone, day, 1) if touches[0] < instant <= touches[-1]
    )
    assert splits(touches, zone, POLICY) == [(instant, Reason.BOUNDARY) for instant in expected]


def test_r3_the_rule_of_the_incident_would_fail_this_sweep() -> None:
    """`hour(last) >= 20 and hour(now) >= 6` ends the session at every call of an evening; here none does."""
    zone = ZoneInfo("UTC")
    evening = [datetime(2026, 1, 17, 21, 12, second, tzinfo=UTC) for second in (14, 25, 25, 26)]
    assert all(last.hour >= 20 and now.hour >= 6 for last, now in itertools.pairwise(evening))
    assert splits(evening, zone, POLICY) == []


def test_a_boundary_that_a_day_skips_or_has_twice_counts_once() -> None:
    paris, half_past_two = ZoneInfo("Europe/Paris"), Boundary("night", time(2, 30))
    policy = Policy(idle=timedelta(hours=7), lifetime=None, boundaries=(half_past_two,))
    for day in DAYS[:2]:
        assert len(splits(list(every_minute(day, paris)), paris, policy)) == 1


def test_a_boundary_just_after_midnight_counts_once_where_clocks_go_back_over_midnight() -> None:
    zone, policy = ZoneInfo("America/St_Johns"), Policy(lifetime=None, boundaries=(MIDNIGHT,))  # 00:01 became 23:01 there
    touches = [datetime(2010, 11, 6, 20, 0, tzinfo=zone).astimezone(UTC) + minute * MINUTE for minute in range(8 * 60)]
    local = [touch.astimezone(zone) for touch in touches]
    [(when, reason)] = splits(touches, zone, policy)
    assert reason is Reason.BOUNDARY
    assert when == next(touch for touch, shown in zip(touches, local, strict=True) if shown.date() == date(2010, 11, 7))


NOW = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
SPAN = st.timedeltas(timedelta(0), timedelta(days=3))
SOME_ZONES = st.sampled_from([ZoneInfo(name) for name in (*ZONES, "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")])
SOME_BOUNDARIES = st.lists(st.times().map(lambda at: Boundary("b", at.replace(microsecond=0))), max_size=3).map(tuple)
POLICIES = st.builds(
    Policy,
    idle=st.timedeltas(timedelta(minutes=10), timedelta(days=2)),
    lifetime=st.none() | st.timedeltas(timedelta(hours=1), timedelta(days=7)),
    boundaries=SOME_BOUNDARIES,
    touch_slack=st.timedeltas(timedelta(0), timedelta(minutes=5)),
)


@given(NOW, st.lists(st.timedeltas(timedelta(0), timedelta(hours=9)), min_size=1, max_size=40), SOME_ZONES, POLICIES)
def test_r3_no_boundary_splits_twice_whatever_the_touches(start: datetime, gaps: list[timedelta], zone: ZoneInfo, policy: Policy) -> None:
    touches = [start]
    for gap in gaps:
        touches.append(touches[-1] + gap)
    found = [when for when, reason in splits(touches, zone, policy) if reason is Reason.BOUNDARY]
    for earlier, later in itertools.pairwise(found):
        assert any(crossed(boundary, earlier, later, zone) for boundary in policy.boundaries)  # another one lies between them


@given(NOW, SPAN, SOME_ZONES, st.times())
def test_r3_a_boundary_lies_between_two_times_or_after_them_but_never_in_both(
    last: datetime, span: timedelta, zone: ZoneInfo, at: time
) -> None:
    """Whatever is between, the parts are to the whole as they should be: crossed in one of two parts, or in neither and not at all."""
    boundary, middle, now = Boundary("b", at), last + span / 3, last + span
    parts = crossed(boundary, last, middle, zone) or crossed(boundary, middle, now, zone)
    assert crossed(boundary, last, now, zone) == parts
    assert not crossed(boundary, last, last, zone)


@given(NOW, SPAN, SPAN, SPAN, SOME_ZONES, POLICIES)
def test_r3_what_lives_now_has_lived_since_its_last_activity(
    started: datetime, used: timedelta, first: timedelta, then: timedelta, zone: ZoneInfo, policy: Policy
) -> None:
    one = session(started, started + used)
    now = one.last_activity_at + first + then
    if expiry(one, now, zone, policy) is None:
        assert expiry(one, now - then, zone, policy) is None


@given(NOW, SPAN, SPAN, SOME_ZONES, POLICIES)
def test_a_clock_that_runs_backwards_ends_nothing(
    started: datetime, used: timedelta, back: timedelta, zone: ZoneInfo, policy: Policy
) -> None:
    one = session(started, started + used)
    now = one.last_activity_at - back
    assert expiry(one, now, zone, policy) is (Reason.LIFETIME if policy.lifetime is not None and now - started >= policy.lifetime else None)


@given(NOW, SPAN, SPAN, SOME_ZONES, POLICIES)
def test_idle_and_lifetime_end_a_session_at_their_time_and_not_before(
    started: datetime, used: timedelta, since: timedelta, zone: ZoneInfo, policy: Policy
) -> None:
    one, plain = session(started, started + used), replace(policy, boundaries=())
    now = one.last_activity_at + since
    if plain.lifetime is not None and used + since >= plain.lifetime:
        expected: Reason | None = Reason.LIFETIME
    else:
        expected = Reason.IDLE if since >= plain.idle else None
    assert expiry(one, now, zone, plain) is expected
