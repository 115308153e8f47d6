"""Messages over HTTP from client processes, against the real service process, and whether any answer was wrong."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles

import httpx
from judge import Reply, judged
from refused import RefusedError
from sqlalchemy import select

from session_service.engine import connect
from session_service.tables import sessions, users

ROOT = Path(__file__).resolve().parents[1]
_START = 60  # seconds the service has to start
_FORK = multiprocessing.get_context("fork")
_END_EACH = 19  # of so many requests one ends the session that its number was last told of
_FIRST_PHONE = 33_600_000_000


@dataclass(frozen=True, slots=True)
class Load:
    """So many requests from each of `clients` processes, `connections` at a time, for messages of `users` users in turns."""

    clients: int
    connections: int
    requests: int
    users: int
    workers: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came out. `wrong`: in words."""

    requests: int
    per_second: float
    p50: float
    p99: float
    outcomes: dict[str, int]
    wrong: list[str]


def loaded(url: str, load: Load, *, plain: bool = False) -> Loaded:
    """The load on a service of its own, with the database of the URL; `plain`: on the plain application, whose status alone counts."""
    with _served(url, load.workers, plain=plain) as address:
        began, replies = time.perf_counter(), []
        pipes = []
        for index in range(load.clients):
            mine, theirs = _FORK.Pipe(duplex=False)
            _FORK.Process(target=_client, args=(address, load, index, theirs), daemon=True).start()
            theirs.close()
            pipes.append(mine)
        for pipe in pipes:
            replies += pipe.recv()
        took = time.perf_counter() - began
    cuts = quantiles([reply.seconds for reply in replies], n=100)
    outcomes = dict(sorted(Counter(reply.outcome for reply in replies).items()))
    wrong = [] if plain else list(judged(replies, asyncio.run(_stored(url))))
    wrong += [f"{reply.status} for {reply.phone}" for reply in replies if plain and reply.status not in {200, 409}]
    return Loaded(len(replies), len(replies) / took, cuts[49], cuts[98], outcomes, wrong)


async def _stored(url: str) -> list[tuple[str, str, str, str]]:
    database = connect(url, 1)
    try:
        async with database.reading.connect() as db:
            rows = await db.execute(select(users.c.phone, users.c.id, sessions.c.id, sessions.c.status).join_from(users, sessions))
            wanted = [(row[0], row[1], row[2], row[3]) for row in rows]
            return [row for row in wanted if row[0].startswith("+")]  # what other parts of the benchmark made has no number
    finally:
        await database.close()


def _client(address: str, load: Load, index: int, out: Connection) -> None:
    out.send(asyncio.run(_asked(address, load, index)))


async def _asked(address: str, load: Load, index: int) -> list[Reply]:
    """All clients ask for the same users, in another order each: two of them often want a new one at once."""
    replies: list[Reply] = []
    numbers = iter(range(load.requests))
    limits = httpx.Limits(max_connections=load.connections)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=30, trust_env=False) as client:
        held: dict[str, Reply] = {}  # the last answer for a number

        async def work() -> None:
            for number in numbers:
                phone = f"+{_FIRST_PHONE + (number + index) % load.users}"
                if number % _END_EACH == _END_EACH - 1 and phone in held:
                    replies.append(await _ended(client, held.pop(phone)))
                    continue
                replies.append(await _sent(client, phone))
                if replies[-1].status == 200:
                    held[phone] = replies[-1]

        await asyncio.gather(*(work() for _ in range(load.connections)))
    return replies


async def _sent(client: httpx.AsyncClient, phone: str) -> Reply:
    began = time.perf_counter()
    try:
        response = await client.post("/messages", json={"phone": phone, "body": "hello"})
    except httpx.HTTPError:
        return Reply(phone, 0, "", "", "error", time.perf_counter() - began, began)
    seconds = time.perf_counter() - began
    answer = response.json() if response.headers.get("content-type") == "application/json" else {}
    fields = (answer.get("user_id", ""), answer.get("session_id", ""), answer.get("session", "error"))
    return Reply(phone, response.status_code, *fields, seconds, began)


async def _ended(client: httpx.AsyncClient, held: Reply) -> Reply:
    began = time.perf_counter()
    try:
        response = await client.post(f"/sessions/{held.session}/end", headers={"X-User-Id": held.user})
    except httpx.HTTPError:
        return Reply(held.phone, 0, held.user, held.session, "error", time.perf_counter() - began, began)
    outcome = response.json().get("status", "error")
    return Reply(held.phone, response.status_code, held.user, held.session, outcome, time.perf_counter() - began, began)


@contextmanager
def _served(url: str, workers: int, *, plain: bool) -> Iterator[str]:
    """The address of a `session-service serve`. Raises RefusedError when it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = ["--port", str(port), "--workers", str(workers)]
    ours = ["session_service", "serve", *at, "--database", url]
    command = [sys.executable, "-m", *(["uvicorn", "--factory", "plain:application", "--no-access-log", *at] if plain else ours)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SESSION_SERVICE_")}
    sources = os.pathsep.join([str(ROOT / "src"), str(ROOT / "benchmarks")])
    environment = clean | {"PYTHONPATH": sources, "SESSION_SERVICE_LOG_LEVEL": "error", "PLAIN_DATABASE": url}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    until = time.monotonic() + _START
    while time.monotonic() < until:
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace")[-300:] if process.stderr else ""
            raise RefusedError(f"the service ended with exit code {process.returncode}: {said}")
        try:
            if httpx.get(f"{address}/ready", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RefusedError(f"the service was not ready after {_START} s")
