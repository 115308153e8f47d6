"""Any sequence of operations, on SQLite and on PostgreSQL at once, against one model in memory."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from service.harness import NOON, Running, SettableClock, add_user, rows_of, running
from session_service.domain import Boundary, Outcome, Policy, Reason, Session, Status, expiry
from session_service.errors import SessionNotFound
from session_service.sweeper import Sweeper
from session_service.tables import events, sessions

POLICY = Policy(
    idle=timedelta(hours=7), lifetime=timedelta(hours=30), boundaries=(Boundary("morning", time(6)),), touch_slack=timedelta(minutes=5)
)
ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata")


@dataclass(slots=True)
class Kept:
    """A session of the model: what must be the same in both databases, which choose their ids by themselves."""

    started: float
    last: float
    status: str = "active"
    reason: str | None = None
    ended: float | None = None


@dataclass(slots=True)
class Model:
    """What the service should do, said as simply as can be: a list of sessions for each user. Times are seconds since noon."""

    zone: ZoneInfo
    kept: list[Kept] = field(default_factory=list)

    def why(self, now: float) -> Reason | None:
        """Why the last session is over, if it is there and active."""
        last = self.kept[-1]
        one = Session("", "", Status.ACTIVE, 1, NOON + timedelta(seconds=last.started), NOON + timedelta(seconds=last.last))
        return expiry(one, NOON + timedelta(seconds=now), self.zone, POLICY)

    def get(self, now: float) -> tuple[Outcome, Reason | None]:
        reason = None
        if self.kept and self.kept[-1].status == "active":
            last, reason = self.kept[-1], self.why(now)
            if reason is None:
                if now - last.last > POLICY.touch_slack.total_seconds():
                    last.last = now
                return Outcome.REUSED, None
            self.end(len(self.kept) - 1, "ended", reason.value, now)
        self.kept.append(Kept(now, now))
        return (Outcome.CREATED if reason is None else Outcome.ROTATED), reason

    def end(self, index: int, status: str, reason: str, now: float) -> None:
        one = self.kept[index]
        if one.status == "active":
            one.status, one.reason, one.ended = status, reason, now

    def sweep(self, now: float) -> int:
        if not self.kept or self.kept[-1].status != "active" or self.why(now) not in {Reason.IDLE, Reason.LIFETIME}:
            return 0
        reason = self.why(now)
        assert reason is not None
        self.end(len(self.kept) - 1, "ended", reason.value, now)
        return 1


class Machine(RuleBasedStateMachine):
    """Each rule does the same on both databases and on the model, and compares the answers."""

    urls: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock = SettableClock()
        self.apps: list[Running] = [
            self.runner.run(self.stack.enter_async_context(running(url, policy=POLICY, clock=self.clock, pool_size=2))) for url in self.urls
        ]

    @initialize()
    def begin(self) -> None:
        async def prepare() -> None:
            self.clock.now = NOON + timedelta(days=3650)
            for app in self.apps:  # what the sequence before has left behind is not the model's
                await Sweeper(app.work, app.metrics, POLICY, self.clock).sweep()
            self.clock.now = NOON
            self.users = [[await add_user(url, zone) for url in self.urls] for zone in ZONES]

        self.runner.run(prepare())
        self.models = [Model(ZoneInfo(zone)) for zone in ZONES]

    @property
    def now(self) -> float:
        return (self.clock.now - NOON).total_seconds()

    @rule(seconds=st.sampled_from([1, 60, 299, 300, 301, 3600, 5 * 3600, 7 * 3600 - 1, 7 * 3600, 30 * 3600]) | st.integers(0, 100_000))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule(who=st.integers(0, 2))
    def get(self, who: int) -> None:
        expected = self.models[who].get(self.now)
        for index, app in enumerate(self.apps):
            obtained = self.runner.run(app.service.get_or_create_session(self.users[who][index]))
            assert (obtained.outcome, obtained.rotated) == expected
            assert obtained.session.epoch == len(self.models[who].kept)

    @precondition(lambda self: any(model.kept for model in self.models))
    @rule(who=st.integers(0, 2), back=st.integers(0, 3), escalate=st.booleans(), by=st.integers(0, 2))
    def end(self, who: int, back: int, escalate: bool, by: int) -> None:
        model = self.models[who]
        if not model.kept:
            return
        place = max(0, len(model.kept) - 1 - back)
        if by == who:
            model.end(place, "escalated" if escalate else "ended", "escalated" if escalate else "closed", self.now)
        for index, app in enumerate(self.apps):
            call = app.service.escalate_session if escalate else app.service.end_session
            session_id = self.stored(index, who)[place].id
            if by == who:
                assert seen(self.runner.run(call(session_id, self.users[who][index]))) == model.kept[place]
            else:
                with pytest.raises(SessionNotFound):
                    self.runner.run(call(session_id, self.users[by][index]))

    @rule()
    def sweep(self) -> None:
        expected = sum(model.sweep(self.now) for model in self.models)
        for app in self.apps:
            assert self.runner.run(Sweeper(app.work, app.metrics, POLICY, self.clock, batch=2).sweep()) == expected

    @rule(who=st.integers(0, 2))
    def read(self, who: int) -> None:
        for index, app in enumerate(self.apps):
            for session in self.stored(index, who):
                assert self.runner.run(app.service.session(session.id, self.users[who][index])) == session

    def stored(self, index: int, who: int) -> list[Session]:
        return list(reversed(self.runner.run(self.apps[index].service.history(self.users[who][index], 1000))))

    @invariant()
    def both_databases_hold_what_the_model_holds(self) -> None:
        for who, model in enumerate(getattr(self, "models", [])):
            for index in range(len(self.apps)):
                found = self.stored(index, who)
                assert [seen(session) for session in found] == model.kept
                assert [session.previous_id for session in found] == [None, *(session.id for session in found)][: len(found)]
                assert [session.epoch for session in found] == list(range(1, len(found) + 1))

    def teardown(self) -> None:
        for who, model in enumerate(getattr(self, "models", [])):  # R17: one audit row for each transition
            for index, url in enumerate(self.urls):
                mine = sessions.c.subcontractor_id == self.users[who][index]
                counted = select(events.c.kind, func.count()).join(sessions, sessions.c.id == events.c.session_id).where(mine)
                rows = dict(self.runner.run(rows_of(url, counted.group_by(events.c.kind))))
                statuses = [one.status for one in model.kept]
                expected = {"started": len(statuses), "ended": statuses.count("ended"), "escalated": statuses.count("escalated")}
                assert rows == {kind: many for kind, many in expected.items() if many}
        self.runner.run(self.stack.aclose())
        self.runner.close()


def seen(session: Session) -> Kept:
    """A stored session in the words of the model."""
    ended = None if session.ended_at is None else (session.ended_at - NOON).total_seconds()
    started, last = ((at - NOON).total_seconds() for at in (session.started_at, session.last_activity_at))
    return Kept(started, last, session.status.value, None if session.reason is None else session.reason.value, ended)


def test_any_sequence_of_operations_on_both_databases_is_as_in_the_model(sqlite_database: str, postgres_database: str) -> None:
    machine = type("OnBoth", (Machine,), {"urls": (sqlite_database, postgres_database)})
    calm = settings(max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=calm)
