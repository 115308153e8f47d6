"""How fast sessions are obtained: alternated rounds in one process, worker processes beside pgbench, and races for first contact."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median

import psutil
import rivals
from databases import add_users, share, tool
from rivals import Get
from sqlalchemy import text
from sqlalchemy.engine import make_url

from session_service.domain import Policy
from session_service.engine import Database, connect
from session_service.metrics import Metrics
from session_service.service import SessionService
from session_service.unit_of_work import UnitOfWork

Rates = dict[str, list[float]]  # by variant: operations per second, or seconds, one for each round
OURS, NAIVE, AUDITED = "getter", "naive", "naive, audited"
TRANSACTION = "naive, a transaction"
UPSERT, SERIALIZABLE, AT_ONCE = "ON CONFLICT DO UPDATE", "SERIALIZABLE", "SERIALIZABLE, tried again at once"
PGBENCH = "pgbench"
PER_CPU = ", per processor second"
TASKS = 4  # callers at once in one process
PROCESSES, CLIENTS, RACERS = 4, 8, 3
_SCRIPTS = 64  # pgbench reads one user from each of so many files
_STUCK = 60  # seconds after which the others are not waited for
_FORK = multiprocessing.get_context("fork")
_SAME_SQL = "SELECT * FROM conversation_sessions WHERE subcontractor_id = '{user}' AND status = 'active';\n"


def ours(database: Database, policy: Policy | None = None) -> Get:
    """The getter of the service, with its metrics."""
    metrics = Metrics()
    service = SessionService(UnitOfWork(database, metrics), metrics, policy)

    async def get(user: str) -> str:
        return (await service.get_or_create_session(user)).session.id

    return get


def ratio(rates: Rates, ours: str, other: str) -> float:
    """The median, over the rounds, of ours by the other's in the same round."""
    return median(a / b for a, b in zip(rates[ours], rates[other], strict=True))


async def compared(url: str, share_of_hits: float, calls: int, rounds: int) -> Rates:
    """The variants in turns, `calls` calls each a round, of which that share is for users with a session and the rest for new ones."""
    async with _connected(url) as database:
        variants = {OURS: ours(database), NAIVE: rivals.naive(database), AUDITED: rivals.naive_audited(database)}
        if not database.dialect.serial_writers:
            variants[TRANSACTION] = rivals.in_transaction(database)
        fresh = round(calls * (1 - share_of_hits))
        known = await add_users(url, 200, active=True)
        supplies = share(await add_users(url, max(fresh, 1) * len(variants) * (rounds + 1)), len(variants) * (rounds + 1))
        found: Rates = {name: [] for name in variants}
        for number in range(rounds + 1):
            for name in _turned(list(variants), number):
                asked = _mixed(known, supplies.pop() if fresh else [], calls)
                found[name].append(await _rate(variants[name], asked))
    return {name: rates[1:] for name, rates in found.items()}  # the first round warms up


def _turned(names: list[str], number: int) -> list[str]:
    """Another one begins each time, and every other time they come the other way round."""
    turned = names[number % len(names) :] + names[: number % len(names)]
    return turned[::-1] if number % 2 else turned


def _mixed(known: Sequence[str], fresh: list[str], calls: int) -> list[str]:
    every = calls // len(fresh) if fresh else calls + 1
    left = iter(fresh)
    return [next(left, known[0]) if number % every == every - 1 else known[number % len(known)] for number in range(calls)]


async def _rate(get: Get, users: Sequence[str]) -> float:
    queue = iter(users)

    async def work() -> None:
        for user in queue:
            await get(user)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(TASKS)))
    return len(users) / (time.perf_counter() - began)


@asynccontextmanager
async def _connected(url: str, pool_size: int = 10) -> AsyncIterator[Database]:
    database = connect(url, pool_size)
    try:
        yield database
    finally:
        await database.close()


def beside_pgbench(url: str, seconds: float, rounds: int) -> Rates:
    """The getter on hits from PROCESSES processes, and pgbench with the same query, by turns, with CLIENTS connections each.

    The rate of each, and beside it that for one second of processor time, of the server and the clients together: the same on a machine
    that does nothing else, and on a shared one the number that others disturb less.
    """
    known = asyncio.run(add_users(url, _SCRIPTS, active=True))
    barrier = _FORK.Barrier(PROCESSES + 1, timeout=_STUCK + seconds)
    pipes = _forked(PROCESSES, lambda _index, out: asyncio.run(_hits(url, known, seconds, rounds, barrier, out)))
    found: Rates = {OURS: [], PGBENCH: [], OURS + PER_CPU: [], PGBENCH + PER_CPU: []}
    server = _server(url)
    with tempfile.TemporaryDirectory() as directory:
        scripts = [Path(directory) / f"{number}.sql" for number in range(len(known))]
        for script, user in zip(scripts, known, strict=True):
            script.write_text(_SAME_SQL.format(user=user), encoding="utf-8")
        for _ in range(rounds):
            before = _busy(server) + _reaped()
            done, rate = _pgbench(url, scripts, seconds)
            found[PGBENCH].append(rate)
            found[PGBENCH + PER_CPU].append(done / (_busy(server) + _reaped() - before))
            before = _busy(server)
            barrier.wait()
            barrier.wait()
            answers = [pipe.recv() for pipe in pipes]
            found[OURS].append(sum(rate for _, rate, _ in answers))
            spent = _busy(server) - before + sum(busy for _, _, busy in answers)
            found[OURS + PER_CPU].append(sum(done for done, _, _ in answers) / spent)
    return found


async def _hits(url: str, known: Sequence[str], seconds: float, rounds: int, barrier: Barrier, out: Connection) -> None:
    async with _connected(url, CLIENTS // PROCESSES) as database:
        get, counts = ours(database), [0] * (CLIENTS // PROCESSES)

        async def work(index: int, until: float) -> None:
            while time.perf_counter() < until:
                for user in known:
                    await get(user)
                counts[index] += len(known)

        async def all_work(span: float) -> tuple[int, float, float]:
            counts[:] = [0] * len(counts)
            began, idle = time.perf_counter(), time.process_time()
            await asyncio.gather(*(work(index, began + span) for index in range(len(counts))))
            return sum(counts), sum(counts) / (time.perf_counter() - began), time.process_time() - idle

        await all_work(0.1)
        for _ in range(rounds):
            barrier.wait()
            answer = await all_work(seconds)
            barrier.wait()
            out.send(answer)


def _pgbench(url: str, scripts: Sequence[Path], seconds: float) -> tuple[int, float]:
    """How many transactions were done, and how many a second."""
    options = ["-n", "-c", str(CLIENTS), "-j", str(PROCESSES), "-T", str(max(1, round(seconds))), "-M", "prepared"]
    command = [tool("pgbench"), *options, *(part for script in scripts for part in ("-f", str(script))), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    counted = re.search(r"^number of transactions actually processed: ([0-9]+)", done.stdout, re.MULTILINE)
    rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    assert counted is not None, done.stdout
    assert rate is not None, done.stdout
    return int(counted.group(1)), float(rate.group(1))


def _server(url: str) -> psutil.Process:
    directory = Path(str(make_url(url).query["host"]))
    return psutil.Process(int((directory / "postmaster.pid").read_text(encoding="utf-8").split()[0]))


def _busy(server: psutil.Process) -> float:
    """Seconds of processor time of the server: its processes that are, and those that were."""
    own = server.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in server.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            spent = child.cpu_times()
            total += spent.user + spent.system
    return float(total)


def _reaped() -> float:
    """Seconds of processor time of our children that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


_RACING: dict[str, Callable[[Database], Get]] = {
    OURS: ours,
    UPSERT: rivals.upserting,
    SERIALIZABLE: rivals.serializable,
    AT_ONCE: partial(rivals.serializable, waits=False),
}


def first_contact(url: str, rounds: int) -> Rates:
    """Seconds until the last of RACERS processes has the session of a new user; each variant has its own user in each round."""
    names = tuple(_RACING)
    supplies = share(asyncio.run(add_users(url, (rounds + 10) * len(names))), len(names))
    barrier = _FORK.Barrier(RACERS, timeout=_STUCK)
    pipes = _forked(RACERS, lambda _index, out: asyncio.run(_race(url, names, supplies, barrier, out)))
    answers = [pipe.recv() for pipe in pipes]
    found: Rates = {}
    for name in names:
        for one in zip(*(answer[name] for answer in answers), strict=True):
            assert len({session for session, _ in one}) == 1, f"{name}: {one}"
        found[name] = [max(took for _, took in one) for one in zip(*(answer[name] for answer in answers), strict=True)][10:]
    return found


async def _race(url: str, names: Sequence[str], supplies: Sequence[Sequence[str]], barrier: Barrier, out: Connection) -> None:
    answers: dict[str, list[tuple[str, float]]] = {name: [] for name in names}
    async with _connected(url, 2) as database:
        variants = {name: make(database) for name, make in _RACING.items()}
        for number in range(len(supplies[0])):
            for name in _turned(list(names), number):
                user = supplies[names.index(name)][number]
                barrier.wait()
                began = time.perf_counter()
                session = await variants[name](user)
                answers[name].append((session, time.perf_counter() - began))
    out.send(answers)


def _forked(many: int, work: Callable[[int, Connection], None]) -> list[Connection]:
    """So many processes at work, each with a pipe to us. One that fails breaks the barrier, and so ends the others."""
    pipes = []
    for index in range(many):
        mine, theirs = _FORK.Pipe(duplex=False)
        _FORK.Process(target=work, args=(index, theirs), daemon=True).start()
        theirs.close()
        pipes.append(mine)
    return pipes


async def written(url: str, calls: int) -> tuple[float, float]:
    """Bytes of write-ahead log for a call that obtains a session: inside the touch slack, and with a touch each time (PostgreSQL)."""
    users = await add_users(url, 20, active=True)
    async with _connected(url) as database:
        quiet, touching = ours(database), ours(database, replace(Policy(), touch_slack=timedelta(0)))

        async def position() -> float:
            async with database.reading.connect() as db:
                return float((await db.execute(text("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))).scalar_one())

        async def spent(get: Get) -> float:
            before = await position()
            for number in range(calls):
                await get(users[number % len(users)])
            return (await position() - before) / calls

        await spent(quiet)  # the first look at a row may write down that its transaction is over
        async with database.reading.connect() as db:
            await db.execute(text("CHECKPOINT"))
        return min([await spent(quiet) for _ in range(5)]), await spent(touching)  # the server writes something by itself now and then


async def committed(url: str, calls: int) -> tuple[int, int]:
    """Whether another connection sees a change of an SQLite file after calls inside the touch slack, and after one touch."""
    users = await add_users(url, 20, active=True)
    async with _connected(url) as database, _connected(url, 1) as other, other.reading.connect() as db:

        async def version() -> int:
            return int((await db.execute(text("PRAGMA data_version"))).scalar_one())

        async def change(get: Get, many: int) -> int:
            before = await version()
            for number in range(many):
                await get(users[number % len(users)])
            return await version() - before

        quiet = await change(ours(database), calls)
        return quiet, await change(ours(database, replace(Policy(), touch_slack=timedelta(0))), 1)
