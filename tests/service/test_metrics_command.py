"""`session-service metrics`: the real command on real databases, reading a service that runs elsewhere."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import sleep
from urllib.request import Request, urlopen

import pytest

import session_service
from service.databases import execute, new_database
from service.harness import add_user, add_users, running
from session_service import cli, migrator
from session_service.metrics import CONTENT_TYPE, Metrics

SRC = Path(session_service.__file__).parents[1]
SAME = (
    "INSERT INTO conversation_sessions (id, subcontractor_id, status, epoch, started_at, last_activity_at)"
    " SELECT '{id}', subcontractor_id, status, epoch, started_at, last_activity_at FROM conversation_sessions"
)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new database, migrated."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else ""
    with new_database(request.param, server, tmp_path) as made:
        migrator.upgrade(made)
        yield made


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


def report(*arguments: str | Path, **environment: str) -> Ran:
    """Runs the command in this process: to start one takes a second."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            cli.main(["metrics", *map(str, arguments)])
    return Ran(int(left.value.code or 0), out.getvalue(), err.getvalue())


def report_of_a_process(*arguments: str | Path) -> Ran:
    """The same as an operator runs it."""
    run = subprocess.run(
        [sys.executable, "-m", "session_service", "metrics", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SRC), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Ran(run.returncode, run.stdout, run.stderr)


@contextmanager
def serving(metrics: Metrics, status: int = 200) -> Iterator[str]:
    """The URL of a server that shows these metrics."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.end_headers()
            self.wfile.write(metrics.exposition())

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/metrics"
        server.shutdown()
        thread.join()


async def traffic(url: str, people: int, messages: int) -> Metrics:
    """Real sessions: that many users, that many messages each."""
    users = await add_users(url, people)
    async with running(url) as app:
        for _ in range(messages):
            for user in users:
                await app.service.get_or_create_session(user)
    return app.metrics


def test_the_report_of_a_service_that_runs(url: str) -> None:
    """The account's numbers: 5 created, 95 reused; by another process than the one that counted."""
    with serving(asyncio.run(traffic(url, 5, 20))) as at:
        run = report_of_a_process("--database", url, "--url", at)
        as_json = report("--database", url, "--url", at, "--output-format", "json")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Sessions Created:        5\nSessions Reused:         95\nSession Reuse Ratio:     95.00%\n")
    assert "✅ Session reuse ratio is HEALTHY (≥95%)" in run.stdout
    assert "✅ No users with duplicate active sessions" in run.stdout
    found = json.loads(as_json.stdout)
    assert (found["created"], found["reused"], found["reuse_ratio"], found["duplicates"], found["healthy"]) == (5, 95, 0.95, 0, True)


@contextmanager
def served(url: str, workers: int) -> Iterator[str]:
    """A real service of so many processes. Where it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SRC), "SESSION_SERVICE_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "session_service", "serve", "--database", url, "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment)
    try:
        for _ in range(600):
            assert process.poll() is None, "it could not start"
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5):
                break
            sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def test_r6_a_service_of_three_processes_is_read_as_one(url: str) -> None:
    """R6: messages over HTTP, answered by whichever worker; any worker that is asked shows the numbers of all."""
    with served(url, 3) as at:
        for number in range(40):
            message = json.dumps({"phone": f"+3361234567{number % 2}", "body": "hello"}).encode()
            with urlopen(Request(f"{at}/messages", message, {"Content-Type": "application/json"}), timeout=30) as answer:
                assert answer.status == 200
        for _ in range(4):
            run = report("--database", url, "--url", f"{at}/metrics")
            assert run.stdout.startswith("Sessions Created:        2\nSessions Reused:         38\nSession Reuse Ratio:     95.00%\n")
            assert run.returncode == 0
        for _ in range(600):  # the service itself asks the database for duplicates, soon after it has started
            by_itself = json.loads(report("--url", f"{at}/metrics", "--no-database", "--output-format", "json").stdout)
            if by_itself["duplicates"] is not None:
                break
            sleep(0.1)
        assert by_itself["duplicates"] == 0


def test_a_service_that_is_not_well_ends_with_1(url: str) -> None:
    with serving(asyncio.run(traffic(url, 10, 2))) as at:
        run = report("--url", at, SESSION_SERVICE_DATABASE_URL=url)
    assert run.returncode == 1
    assert "❌ Session reuse ratio is UNHEALTHY (<90%)" in run.stdout


def test_duplicates_are_asked_of_the_database(url: str) -> None:
    """The gauge of the service says 0, the database knows better."""
    metrics = asyncio.run(traffic(url, 1, 20))
    migrator.downgrade(url, "010")
    execute(url, SAME.format(id="11111111-1111-4111-8111-111111111111" if url.startswith("postgres") else "1" * 32))
    with serving(metrics) as at:
        run = report("--database", url, "--url", at)
        without = report("--database", url, "--url", at, "--no-database")
    assert run.returncode == 1
    assert "Duplicate Active Users:  1\n" in run.stdout
    assert "❌ 1 users with duplicate active sessions" in run.stdout
    assert "❌ The unique index on active sessions is missing" in run.stdout
    assert without.returncode == 0
    assert "not judged (the database was not asked)" in without.stdout
    migrator.upgrade(url)
    with serving(metrics) as at:
        assert report("--database", url, "--url", at).returncode == 0


def test_the_directory_of_several_processes_is_read(url: str, tmp_path: Path) -> None:
    user = asyncio.run(add_user(url))
    code = (
        "import asyncio, sys\nfrom session_service.metrics import share\nshare(sys.argv[1])\n"
        "from service.harness import running\n"
        "async def work():\n    async with running(sys.argv[2]) as app:\n"
        "        for _ in range(30): await app.service.get_or_create_session(sys.argv[3])\nasyncio.run(work())"
    )
    path = os.pathsep.join([str(SRC), str(Path(__file__).parents[1])])
    shared = tmp_path / "shared"
    subprocess.run([sys.executable, "-c", code, shared, url, user], env=os.environ | {"PYTHONPATH": path}, check=True, timeout=60)
    named = report("--database", url, "--directory", shared)
    by_setting = report("--database", url, SESSION_SERVICE_METRICS_DIR=str(shared))
    assert (named.returncode, named.stderr) == (0, "")
    assert named.stdout == by_setting.stdout
    assert "Sessions Created:        1\nSessions Reused:         29\n" in named.stdout


def test_no_full_id_in_the_report(url: str) -> None:
    metrics = asyncio.run(traffic(url, 3, 10))
    with serving(metrics) as at:
        run = report("--database", url, "--url", at, "--output-format", "json")
    assert run.returncode == 0
    assert "user" not in run.stdout
    assert len(json.loads(run.stdout)) == 16


def test_what_cannot_be_done_ends_with_2(tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    with serving(Metrics()) as at:
        for arguments, said in [
            (["--url", "http://127.0.0.1:9/metrics"], "could not be read"),
            (["--url", "http://[unfinished"], "--url must begin with http"),
            (["--url", "ftp://127.0.0.1/metrics"], "must begin with http"),
            (["--url", "file:///etc/passwd"], "must begin with http"),
            (["--directory", str(tmp_path / "nowhere")], "there is no directory"),
            (["--directory", str(tmp_path), "--no-database"], "no session_fetches_total"),
            (["--directory", str(tmp_path), "--url", at], "give one"),
            (["--url", at, "--database", empty], "migrate"),
            (["--url", at, "--database", "mysql://x/y"], "DATABASE_URL"),
        ]:
            run = report(*arguments)
            assert (run.returncode, run.stdout) == (2, ""), arguments
            assert said in run.stderr, arguments
            assert "Traceback" not in run.stderr
    with serving(Metrics(), 500) as at:
        assert report("--url", at).returncode == 2
