"""`session-service serve` as a process of its own, talked to over HTTP: started in an empty directory, killed, stopped, misused."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

import session_service
from service.harness import create_schema, rows_of
from service.talk import new_phone
from session_service.tables import messages, sessions

_SOURCES = str(Path(session_service.__file__).parents[1])
_PATIENCE = 60.0  # seconds, for a process on a loaded machine; nothing below is measured


def environment(**settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SESSION_SERVICE_", "PROMETHEUS_"))}
    return clean | {"PYTHONPATH": _SOURCES} | {f"SESSION_SERVICE_{name}": value for name, value in settings.items()}


def run(place: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    command = [sys.executable, "-m", "session_service", *arguments]
    return subprocess.run(command, cwd=place, env=environment(**settings), capture_output=True, text=True, timeout=_PATIENCE, check=False)


@dataclass(frozen=True, slots=True)
class Served:
    """A running service."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def talk(self, *sent: dict[str, Any]) -> list[dict[str, Any]]:
        """Sends messages, all at once; the answers."""

        async def together() -> list[httpx.Response]:
            async with httpx.AsyncClient(base_url=self.url, timeout=_PATIENCE) as client:
                return await asyncio.gather(*(client.post("/messages", json={"body": ""} | one) for one in sent))

        answers = asyncio.run(together())
        assert [answer.status_code for answer in answers] == [200] * len(sent), [answer.text for answer in answers]
        return [answer.json() for answer in answers]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=_PATIENCE)


@contextmanager
def serving(place: Path, *arguments: str, **settings: str) -> Iterator[Served]:
    """The service on a free port, from the moment that it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = place / f"{port}.log"
    command = [sys.executable, "-m", "session_service", "serve", "--port", str(port), *arguments]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=place, env=environment(**settings), stdout=output, stderr=output, start_new_session=True)
    served = Served(process, f"http://127.0.0.1:{port}", log)
    try:
        wait_for(served)
        yield served
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_PATIENCE)


def wait_for(served: Served) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        assert served.process.poll() is None, served.log.read_text()
        try:
            if served.get("/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(served.log.read_text())


def migrated(place: Path, url: str) -> tuple[str, ...]:
    """The arguments for a database: none for the embedded default, which needs no set-up."""
    if url.startswith("sqlite"):
        return ()
    done = run(place, "migrate", "--database", url)
    assert done.returncode == 0, done.stderr
    return ("--database-url", url)


def stored_at(place: Path, url: str) -> str:
    return f"sqlite:///{place / 'session_service.db'}" if url.startswith("sqlite") else url


def test_started_in_an_empty_directory_it_answers_and_goes_on_after_a_kill(tmp_path: Path, empty_url: str) -> None:
    arguments = migrated(tmp_path, empty_url)
    phone = new_phone()
    with serving(tmp_path, *arguments, DEMO="yes") as served:
        hello = served.talk({"phone": phone, "body": "hello"})[0]
        assert "project:Champigny" in hello["buttons"]
        clicks = served.talk(*({"phone": phone, "button": "project:Champigny"} for _ in range(3)))
        assert {click["session_id"] for click in clicks} == {hello["session_id"]}
        assert {click["reply"] for click in clicks} == {"Champigny:\n- Hang the doors\n- Paint the hall"}
        newcomer = new_phone()
        first = served.talk(*({"phone": newcomer, "body": "hello"} for _ in range(3)))
        assert len({(one["user_id"], one["session_id"]) for one in first}) == 1
        os.killpg(served.process.pid, signal.SIGKILL)
        served.process.wait(_PATIENCE)
    with serving(tmp_path, *arguments, DEMO="yes") as served:
        again = served.talk({"phone": phone, "body": "menu"})[0]
        assert (again["session_id"], again["session"], again["reply"]) == (hello["session_id"], "reused", "Still on Champigny?")
        found = served.get(f"/sessions/{again['session_id']}", **{"X-User-Id": again["user_id"]}).json()
        assert (found["status"], found["context"]) == ("active", "Champigny")
        assert "session_fetches_total" in served.get("/metrics").text
    own = select(sessions.c.id).where(sessions.c.subcontractor_id.in_([hello["user_id"], first[0]["user_id"]]))
    assert {row.id for row in asyncio.run(rows_of(stored_at(tmp_path, empty_url), own))} == {hello["session_id"], first[0]["session_id"]}


def test_without_any_setting_it_answers_on_sqlite(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        hello = served.talk({"phone": new_phone(), "body": "hello"})[0]
    assert hello["reply"] == "Hello! Which project?"
    assert hello["buttons"] == ["project:Champigny", "project:Ivry"]
    assert (tmp_path / "session_service.db").exists()


def test_several_workers_are_one_service(tmp_path: Path, empty_url: str) -> None:
    arguments = migrated(tmp_path, empty_url)
    with serving(tmp_path, *arguments, "--workers", "2") as served:
        phones = [new_phone() for _ in range(8)]
        answers = served.talk(*({"phone": phone, "body": "hello"} for phone in phones * 3))
        assert len({answer["session_id"] for answer in answers}) == 8
        assert {answer["session_id"] for answer in served.talk(*({"phone": phone, "body": "menu"} for phone in phones))} == {
            answer["session_id"] for answer in answers
        }
        text = served.get("/metrics").text
        outcomes = dict(re.findall(r'^session_fetches_total\{outcome="(\w+)"\} ([0-9.]+)$', text, re.MULTILINE))
        assert float(outcomes["created"]) == 8
        assert sum(map(float, outcomes.values())) == 32
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(_PATIENCE) in {0, -signal.SIGTERM}
        assert len(set(re.findall(r"Started server process \[(\d+)\]", served.log.read_text()))) == 2


def test_workers_end_when_their_parent_was_killed_and_the_port_is_free(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as served:
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait(_PATIENCE)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            with socket.socket() as free:
                try:
                    free.bind(("127.0.0.1", int(served.url.rpartition(":")[2])))
                    break
                except OSError:
                    time.sleep(0.2)
        else:
            os.killpg(served.process.pid, signal.SIGKILL)
            raise AssertionError(served.log.read_text())
        assert served.log.read_text().count("the parent of this worker is gone") == 2


def test_told_to_stop_it_finishes_what_it_has_begun(tmp_path: Path, empty_url: str) -> None:
    arguments = migrated(tmp_path, empty_url)

    async def stopped(served: Served) -> list[httpx.Response | BaseException]:
        async with httpx.AsyncClient(base_url=served.url, timeout=_PATIENCE) as client:
            sent = [
                asyncio.create_task(client.post("/messages", json={"phone": new_phone(), "body": "report a problem"})) for _ in range(30)
            ]
            await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            served.process.send_signal(signal.SIGTERM)
            return await asyncio.gather(*sent, return_exceptions=True)

    with serving(tmp_path, *arguments) as served:
        results = asyncio.run(stopped(served))
        served.process.wait(_PATIENCE)
        assert served.process.returncode in {0, -signal.SIGTERM}
        assert "Application shutdown complete." in served.log.read_text()
    answered = [result for result in results if isinstance(result, httpx.Response)]
    assert answered
    assert {answer.status_code for answer in answered} == {200}
    assert all(isinstance(result, httpx.Response | httpx.TransportError) for result in results)
    counted = select(messages.c.direction, func.count()).group_by(messages.c.direction)
    found = {row[0]: row[1] for row in asyncio.run(rows_of(stored_at(tmp_path, empty_url), counted))}
    assert found["inbound"] == found["outbound"] >= len(answered)


def test_two_services_do_not_count_in_one_directory(tmp_path: Path) -> None:
    """The second one removed the files of the first, which went on to count in what nobody reads. After a kill it is free again."""
    shared, other = str(tmp_path / "metrics"), tmp_path / "other"
    other.mkdir()
    with serving(tmp_path, "--workers", "2", METRICS_DIR=shared) as served:
        served.talk({"phone": new_phone(), "body": "hello"})
        refused = run(other, "serve", METRICS_DIR=shared)
        assert refused.returncode == 2, refused.stderr
        assert f"SESSION_SERVICE_METRICS_DIR is {shared!r}, where another service counts" in refused.stderr
        assert 'session_fetches_total{outcome="created"} 1.0' in served.get("/metrics").text
        assert run(tmp_path, "sweep", METRICS_DIR=shared).returncode == 0  # counts with it
        with serving(other, METRICS_DIR=str(other / "metrics")):
            assert 'session_fetches_total{outcome="created"} 1.0' in served.get("/metrics").text
    with serving(tmp_path, METRICS_DIR=shared) as served:
        assert 'session_fetches_total{outcome="created"} 0.0' in served.get("/metrics").text


def test_its_log_is_json_and_holds_no_number_and_no_id(tmp_path: Path) -> None:
    phone = new_phone()
    with serving(tmp_path, TOKENS="a-token-of-the-operator", LOG_LEVEL="debug") as served:
        headers = {"Authorization": "Bearer a-token-of-the-operator"}
        answer = httpx.post(served.url + "/messages", json={"phone": phone, "body": "my words"}, headers=headers, timeout=_PATIENCE).json()
        served.get(f"/sessions/{answer['session_id']}", **headers, **{"X-User-Id": answer["user_id"]})
        written = served.log.read_text()
    assert all(json.loads(line)["message"] for line in written.splitlines())
    secrets = (phone, "my words", "a-token-of-the-operator", answer["user_id"], answer["session_id"])
    assert not [secret for secret in secrets if secret in written or secret.replace("-", "") in written]


def test_what_it_refuses_to_start_with(tmp_path: Path, empty_postgres: str) -> None:
    asyncio.run(create_schema(f"sqlite:///{tmp_path / 'unknown.db'}"))  # tables that no ledger knows
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for arguments, settings, said in (
            (("--host", "0.0.0.0"), {}, "SESSION_SERVICE_TOKENS"),
            ((), {"HOST": ""}, "SESSION_SERVICE_HOST (or --host) is ''"),
            (("--host", ""), {}, "SESSION_SERVICE_HOST (or --host) is ''"),
            (("--host", "0.0.0.0"), {"TOKENS": "short"}, "SESSION_SERVICE_TOKENS"),
            ((), {"PORT": "none"}, "SESSION_SERVICE_PORT"),
            ((), {"PORT": "99999"}, "SESSION_SERVICE_PORT"),
            ((), {"METRICS_DIR": str(tmp_path / "unknown.db" / "metrics")}, "SESSION_SERVICE_METRICS_DIR"),
            (("--database-url", f"sqlite:///{tmp_path}"), {}, "is a directory"),
            (("--database-url", "postgresql://postgres@127.0.0.1:port/db"), {}, "SESSION_SERVICE_DATABASE_URL"),
            ((), {"WORKER": "2"}, "SESSION_SERVICE_WORKER is not a setting"),
            (("--database-url", "mysql://root:s3cret@host/db"), {}, "SESSION_SERVICE_DATABASE_URL"),
            (("--database-url", f"sqlite:///{tmp_path / 'unknown.db'}"), {}, "ledger"),
            (("--database-url", "postgresql://postgres:s3cret@127.0.0.1:1/none"), {}, "the migration was not applied"),
            (("--database-url", empty_postgres), {}, "session-service migrate"),
            (("--port", str(taken.getsockname()[1])), {}, "address already in use"),
            (("--port", str(taken.getsockname()[1]), "--workers", "2"), {}, "SESSION_SERVICE_PORT"),
        ):
            refused = run(tmp_path, "serve", *arguments, **settings)
            assert refused.returncode == 2, (arguments, refused.stderr)
            assert said in refused.stderr, (arguments, refused.stderr)
            assert "Traceback" not in refused.stderr
            assert "s3cret" not in refused.stderr
