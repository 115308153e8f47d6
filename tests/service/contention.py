"""Callers in processes of their own, each with its own connections, let go together by a barrier, round after round.

Run as a program it prints what came out as JSON; the tests run it so, and the benchmark does with more rounds. What is looked at is
what callers were given (R1), not only how many rows are active.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ctypes import c_int
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier, Event
from statistics import quantiles
from uuid import uuid4

import asyncpg
from sqlalchemy import insert

from service.harness import NOON, SettableClock, add_users, running, stored_sessions, users_with_duplicates
from session_service.domain import Status
from session_service.engine import connect
from session_service.service import SessionService
from session_service.tables import sessions

CALLERS = (2, 3, 8, 32)
KINDS = ("new", "expired", "ending")
_FORK = multiprocessing.get_context("fork")
_STUCK = 120  # seconds after which the others are not waited for: one of them has died
_SLICE = 500  # how many users one query asks about


@dataclass(frozen=True, slots=True)
class Round:
    """One user for whom `callers` processes ask at once. `session`: what was active before, "" for nothing."""

    callers: int
    kind: str
    user: str
    session: str = ""


@dataclass(slots=True)
class Result:
    """What came out. `wrong`: what should not have been, in words, of the first rounds; `milliseconds`: until the last caller had
    its answer, p50 and p99 by number of callers."""

    rounds: int = 0
    calls: int = 0
    wrong_rounds: int = 0
    errors: int = 0
    duplicates: int = 0
    terminated: int = 0
    killed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one caller got in one round: while all raced, and after that; an error as text in place of the id."""

    round: int
    first: str
    outcome: str
    second: str
    seconds: float


async def prepare(url: str, rounds: dict[int, int]) -> list[Round]:
    """Users for so many rounds by number of callers; new ones, ones with an expired session, and ones whose session is being ended."""
    made: list[Round] = []
    for callers, many in rounds.items():
        for index, user in enumerate(await add_users(url, many)):
            kind = KINDS[index % len(KINDS)]
            made.append(Round(callers, kind, user, "" if kind == "new" else str(uuid4())))
    rows = [
        {
            "id": one.session,
            "subcontractor_id": one.user,
            "status": Status.ACTIVE.value,
            "started_at": NOON - timedelta(hours=20),
            "last_activity_at": NOON - timedelta(hours=8 if one.kind == "expired" else 0),
        }
        for one in made
        if one.session
    ]
    database = connect(url, 1)
    async with database.engine.begin() as db:
        await db.execute(insert(sessions), rows)
    await database.close()
    random.Random(4).shuffle(made)  # or the callers of the large rounds would wait for all the small ones
    return made


def run(url: str, rounds: dict[int, int], *, terminate: bool = False, kill: bool = False) -> Result:
    """All rounds on the database of the URL. `terminate`: its backends are ended at random meanwhile; `kill`: a process that asks
    for the same users too is killed again and again, whatever it is doing. To be called in a process without threads: it forks."""
    plan = asyncio.run(prepare(url, rounds))
    barriers = {callers: _FORK.Barrier(callers, timeout=_STUCK) for callers in rounds}
    over, terminated = _FORK.Event(), _FORK.Value("i", 0)
    current = _FORK.RawValue(c_int, 0)  # without a lock: a process that is killed would keep it
    pipes, workers = [], []
    for index in range(max(rounds)):
        ours, theirs = _FORK.Pipe(duplex=False)
        worker = _FORK.Process(target=_worker, args=(url, index, plan, barriers, current, theirs))
        worker.start()
        theirs.close()
        pipes.append(ours)
        workers.append(worker)
    terminator = _FORK.Process(target=_terminate, args=(url, over, terminated))
    if terminate:
        terminator.start()
    killed = _kill_until_answered(url, plan, current, pipes) if kill else 0
    answers: list[Answer] = [answer for pipe in pipes for answer in pipe.recv()]
    over.set()
    for process in [*workers, *([terminator] if terminate else [])]:
        process.join()
    result = asyncio.run(_judged(url, plan, answers))
    result.killed, result.terminated = killed, terminated.value
    return result


def _worker(url: str, index: int, plan: Sequence[Round], barriers: dict[int, Barrier], current: c_int, out: Connection) -> None:
    async def work() -> list[Answer]:
        answers = []
        async with running(url, clock=SettableClock(), budget=20.0, pool_size=2) as app:
            for number, one in enumerate(plan):
                if index < one.callers:
                    current.value = number
                    answers.append(await _round(app.service, number, one, index, barriers[one.callers]))
        return answers

    out.send(asyncio.run(work()))


async def _round(service: SessionService, number: int, one: Round, index: int, barrier: Barrier) -> Answer:
    async def ask() -> tuple[str, str]:
        try:
            obtained = await service.get_or_create_session(one.user)
        except Exception as error:  # noqa: BLE001 - every error is a wrong answer, whatever it is
            return repr(error), "error"
        return obtained.session.id, obtained.outcome.value

    async def end() -> tuple[str, str]:
        try:
            return (await service.end_session(one.session, one.user)).id, "ended"
        except Exception as error:  # noqa: BLE001
            return repr(error), "error"

    barrier.wait()
    began = time.perf_counter()
    first, outcome = await (end() if one.kind == "ending" and index == 0 else ask())
    seconds = time.perf_counter() - began
    barrier.wait()
    second, then = await ask()
    return Answer(number, first, "error" if then == "error" else outcome, second, seconds)


def _kill_until_answered(url: str, plan: Sequence[Round], current: c_int, pipes: Sequence[Connection]) -> int:
    """Starts processes that ask for the user of the round, and kills each in the middle of it, until all workers have answered."""
    chance, killed = random.Random(4), 0
    while not all(pipe.poll() for pipe in pipes):
        victim = _FORK.Process(target=_victim, args=(url, plan, current))
        victim.start()
        time.sleep(0.05 + chance.random() / 10)
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        killed += 1
    return killed


def _victim(url: str, plan: Sequence[Round], current: c_int) -> None:
    async def work() -> None:
        async with running(url, clock=SettableClock(), pool_size=2) as app:
            while True:
                await app.service.get_or_create_session(plan[current.value].user)

    asyncio.run(work())


def _terminate(url: str, over: Event, terminated: Synchronized[int]) -> None:
    async def work() -> None:
        chance = random.Random(4)
        db = await asyncpg.connect(url)
        mine = "datname = current_database() AND application_name = 'session-service'"
        while not over.is_set():
            await asyncio.sleep(chance.random() / 50)
            ended = await db.fetch(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine} ORDER BY random() LIMIT 1")
            terminated.value += len(ended)
        await db.close()

    asyncio.run(work())


async def _judged(url: str, plan: Sequence[Round], answers: Sequence[Answer]) -> Result:
    by_round: defaultdict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_round[answer.round].append(answer)
    active: dict[str, str] = {}
    users = [one.user for one in plan]
    for start in range(0, len(users), _SLICE):
        stored = await stored_sessions(url, users[start : start + _SLICE])
        active |= {session.user_id: session.id for session in stored if session.active}
    result = Result(rounds=len(plan), calls=len(answers), duplicates=await users_with_duplicates(url))
    outcomes: Counter[str] = Counter(answer.outcome for answer in answers)
    result.outcomes, result.errors = dict(sorted(outcomes.items())), outcomes["error"]
    slowest: defaultdict[int, list[float]] = defaultdict(list)
    for number, one in enumerate(plan):
        slowest[one.callers].append(1000 * max(answer.seconds for answer in by_round[number]))
        found = sorted(wrong(one, by_round[number], active.get(one.user, "none")))
        result.wrong_rounds += bool(found)
        result.wrong += [f"round {number}, {one.callers} callers, {one.kind}: {text}" for text in found][: 20 - len(result.wrong)]
    for callers, times in slowest.items():
        cuts = quantiles(times, n=100) if len(times) > 1 else times * 99
        result.milliseconds[str(callers)] = [round(cuts[49], 2), round(cuts[98], 2)]
    return result


def wrong(one: Round, answers: Sequence[Answer], active: str) -> Iterator[str]:
    """What is wrong with the answers of a round, in words; `active`: the id that the database has at the end."""
    if len(answers) != one.callers:
        yield f"{len(answers)} answers"
    if active == one.session:
        yield "the session of before is still active"
    for answer in answers:
        allowed = {active, one.session} if one.kind == "ending" else {active}  # who asked before it ended may still have it
        if answer.first not in allowed:
            yield f"got {answer.first} ({answer.outcome}), active is {active}"
        if answer.second != active:
            yield f"got {answer.second} after the race, active is {active}"


def main() -> None:
    """Reads the arguments, runs, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rounds", required=True, help="by number of callers, for example 2=100,32=10")
    parser.add_argument("--terminate", action="store_true")
    parser.add_argument("--kill", action="store_true")
    arguments = parser.parse_args()
    rounds = {int(callers): int(many) for callers, _, many in (part.partition("=") for part in arguments.rounds.split(","))}
    result = run(arguments.url, rounds, terminate=arguments.terminate, kill=arguments.kill)
    with suppress(BrokenPipeError):
        json.dump(asdict(result), sys.stdout)


if __name__ == "__main__":
    main()
