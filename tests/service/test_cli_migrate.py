"""`session-service migrate` and `sweep` as processes: what they print, and their exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import io
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from service.databases import execute, is_sqlite, ledger, new_database, rows, schema, sqlite_file
from session_service import migrator
from session_service.cli import main
from session_service.errors import MigrationNotApplied
from session_service.metrics import shared_exposition

SOURCE = Path(__file__).parents[2] / "src"
OLD, LIVE = f"{2:032x}", f"{3:032x}"
SETTING = "SESSION_SERVICE_DATABASE_URL (or --database)"
TEXT = "No database: a page of words, long enough to be taken for the head of one, as the first hundred bytes of a file are. " * 9
LONG_AGO = "2026-01-17T21:12:25.000000"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of this test alone, on each of both."""
    with new_database(request.param, request.getfixturevalue("postgres_server"), tmp_path) as made:
        yield made


@pytest.fixture
def postgres(postgres_server: str, tmp_path: Path) -> Iterator[str]:
    """An empty PostgreSQL database of this test alone."""
    with new_database("postgres", postgres_server, tmp_path) as made:
        yield made


def environment(url: str, **more: str) -> dict[str, str]:
    """That of the tests, without settings of the service but those given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SESSION_SERVICE_", "PROMETHEUS_"))}
    return clean | {"PYTHONPATH": str(SOURCE), **more} | ({"SESSION_SERVICE_DATABASE_URL": url} if url else {})


def start(*arguments: str, url: str = "", **more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "session_service", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(url, **more))


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code, and all it printed."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


def run(*arguments: str, url: str = "") -> tuple[int, str]:
    """The same without a process of its own, which takes half a second to begin."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        for name in set(os.environ) - set(environment(url)):
            patch.delenv(name)
        if url:
            patch.setenv("SESSION_SERVICE_DATABASE_URL", url)
        with pytest.raises(SystemExit) as left:
            main(arguments)
    return int(left.value.code or 0), printed.getvalue()


def test_check_up_check_down(url: str) -> None:
    assert end(start("migrate", "--check", url=url)) == (1, "The schema is at no revision, this release needs 012.\n")
    assert run("migrate", url=url) == (0, "The schema went from nothing to 012.\n")
    assert run("migrate", url=url) == (0, "The schema is at 012; nothing to do.\n")
    assert run("migrate", "--check", url=url) == (0, "The schema is at 012, the newest.\n")
    assert run("migrate", "--down", "010", "--force", url=url) == (0, "The schema went from 012 to 010.\n")
    assert run("migrate", "--check", url=url) == (1, "The schema is at 010, this release needs 012.\n")
    assert run("migrate", "--to", "011_add_unique_active_session_constraint", url=url) == (0, "The schema went from 010 to 011.\n")


def test_check_of_an_sqlite_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    assert run("migrate", "--check", "--database", f"sqlite:///{file}")[0] == 1
    assert not file.exists()


def test_the_printed_sql_can_be_executed(url: str) -> None:
    code, script = run("migrate", "--sql", "--to", "010", url=url)
    assert code == 0
    execute(url, script)
    code, script = run("migrate", "--sql", "--from", "010", url=url)
    execute(url, script)
    assert run("migrate", "--check", url=url) == (0, "The schema is at 012, the newest.\n")
    up = schema(url)
    execute(url, run("migrate", "--sql", "--from", "012", "--down", "010", url=url)[1])
    assert (ledger(url), schema(url) == up) == (["010"], False)


@pytest.mark.parametrize("many", [2, 8])
def test_r11_replicas_that_start_at_once(url: str, many: int) -> None:
    answers = sorted(end(process) for process in [start("migrate", url=url) for _ in range(many)])
    assert answers == [(0, "The schema is at 012; nothing to do.\n")] * (many - 1) + [(0, "The schema went from nothing to 012.\n")]
    assert ledger(url) == ["012"]


def test_r11_a_killed_migrator_leaves_nothing_and_blocks_nobody(postgres: str) -> None:
    assert run("migrate", "--to", "010", url=postgres)[0] == 0
    asyncio.run(_killed_while_it_waits(postgres))
    assert ledger(postgres) == ["010"]
    assert run("migrate", url=postgres) == (0, "The schema went from 010 to 012.\n")


async def _killed_while_it_waits(url: str) -> None:
    """A migrator is killed when it waits for a table, with its transaction open."""
    db, watch = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        async with db.transaction():
            await db.execute("LOCK TABLE conversation_sessions IN ROW EXCLUSIVE MODE")
            process = start("migrate", "--lock-timeout", "60", url=url)
            blocked = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
            while not await watch.fetchval(blocked, db.get_server_pid()):
                assert process.poll() is None
                await asyncio.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            assert end(process)[0] == -signal.SIGKILL
    finally:
        await db.close()
        await watch.close()


# when it cannot: exit code 2, and what to do


def test_r11_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    nowhere = f"postgresql://postgres:@/postgres?host={tmp_path}"
    for arguments in (("migrate",), ("migrate", "--down", "010", "--force"), ("migrate", "--check"), ("sweep",)):
        code, said = run(*arguments, url=nowhere)
        assert (code, said.startswith("error: the migration was not applied: ")) == (2, True)
        assert "Nothing was changed. Look at SESSION_SERVICE_DATABASE_URL" in said
    missing = tmp_path / "no_such_directory"
    for arguments in (("migrate",), ("migrate", "--down", "010", "--force"), ("migrate", "--check"), ("sweep",)):
        said = f"error: the migration was not applied: there is no directory {missing}. Make it, or name another file in {SETTING}.\n"
        assert run(*arguments, url=f"sqlite:///{missing / 'service.db'}") == (2, said)


def without_privilege() -> None:
    """In a process that begins: what root may do with the files of others, and its own that nobody may touch, is given away."""
    if os.geteuid() == 0:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux", reason="how a process gives its privileges away")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("closed/new.db", "unable to open database file"),
        ("sealed/new.db", "Permission denied"),
        ("sealed/further/new.db", "Permission denied"),
        ("read.db", "attempt to write a readonly database"),
        ("none.db", "unable to open database file"),
        ("text.db", "file is not a database"),
        ("text.db/new.db", "there is no directory"),
        ("missing/new.db", "there is no directory"),
        (f"{'x' * 300}.db", "File name too long"),
    ],
)
def test_r11_a_file_that_cannot_be_opened(tmp_path: Path, name: str, said: str) -> None:
    for directory, mode in (("closed", 0o555), ("sealed", 0o000)):
        (tmp_path / directory).mkdir(mode)
    for file, text, mode in (("read.db", "", 0o444), ("none.db", "", 0o000), ("text.db", TEXT, 0o644)):
        (tmp_path / file).write_text(text, encoding="utf-8")
        (tmp_path / file).chmod(mode)
    command = [sys.executable, "-m", "session_service"]
    for arguments in (["migrate"], ["serve"]):
        done = subprocess.run(
            [*command, *arguments],
            env=environment(f"sqlite:///{tmp_path / name}"),
            preexec_fn=without_privilege,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert said in done.stderr
        assert done.stderr.startswith("error: ")
        assert SETTING in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("text", ["", TEXT])
def test_no_thread_speaks_after_a_file_could_not_be_opened(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop is closed by then, and the thread would end with a traceback."""
    file = tmp_path / "service.db"
    if text:
        file.write_text(text, encoding="utf-8")
    else:
        file.symlink_to(tmp_path / "missing" / "service.db")  # as if the directory had gone since it was looked at
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    threading.setprofile(lambda *_: time.sleep(0.002))  # whoever does not wait for the thread is faster
    try:
        for ask in (migrator.upgrade, migrator.ensure):
            with pytest.raises(MigrationNotApplied):
                ask(f"sqlite:///{file}")
    finally:
        threading.setprofile(None)  # type: ignore[arg-type]
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(60)
    assert [found.exc_value for found in failed] == []


def test_r11_a_database_that_is_not_there(postgres: str) -> None:
    code, said = run("migrate", url=postgres.replace("@/", "@/no_"))
    assert (code, "does not exist. Nothing was changed. Look at SESSION_SERVICE_DATABASE_URL" in said) == (2, True)


def test_r11_a_role_that_may_not(postgres: str) -> None:
    role = f"r{uuid4().hex}"
    execute(postgres, f"CREATE ROLE {role} LOGIN")
    try:
        code, said = run("migrate", url=postgres.replace("//postgres:", f"//{role}:"))
        assert (code, "permission denied" in said, "Run it as the owner of the tables" in said) == (2, True, True)
    finally:
        execute(postgres, f"DROP ROLE {role}")
    assert run("migrate", "--check", url=postgres)[0] == 1


def test_r11_a_table_in_use(url: str) -> None:
    assert run("migrate", "--to", "010", url=url)[0] == 0
    held = asyncio.run(_run_while_locked(url))
    assert (held[0], "Others hold what it needs" in held[1]) == (2, True)
    assert ledger(url) == ["010"]
    assert run("migrate", url=url)[0] == 0


async def _run_while_locked(url: str) -> tuple[int, str]:
    arguments = ("migrate", "--lock-timeout", "0.05", "--wait", "0.2")
    if is_sqlite(url):
        with contextlib.closing(sqlite3.connect(sqlite_file(url), isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            return await asyncio.to_thread(run, *arguments, url=url)
    db = await asyncpg.connect(url)
    try:
        async with db.transaction():
            await db.execute("LOCK TABLE conversation_sessions IN ROW EXCLUSIVE MODE")
            return await asyncio.to_thread(run, *arguments, url=url)
    finally:
        await db.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "013"), "there is no revision '013'; there are 010, 011, 012"),
        (("--to", "010", "--down", "010"), "exclude each other"),
        (("--check", "--sql"), "--check asks the database"),
        (("--from", "010"), "--from is for --sql"),
        (("--sql", "--down", "010"), "needs --from"),
        (("--sql", "--from", "nothing"), "there is no revision 'nothing'"),
        (("--database", "mysql://x"), "it may be sqlite:///file.db or postgresql://user@host/name"),
        (("--database", "postgresql://u:secret@host:port/x"), "SESSION_SERVICE_DATABASE_URL has the port 'port'"),
        (("--lock-timeout", "0"), "Invalid value for '--lock-timeout'"),
    ],
)
def test_what_contradicts_itself(arguments: Sequence[str], said: str) -> None:
    code, printed = run("migrate", *arguments)
    assert (code, said in printed, "Traceback" in printed, "secret" in printed) == (2, True, False, False)


def test_the_room_of_commands() -> None:
    code, printed = run("--help")
    assert code == 0
    files = {file.stem for file in (SOURCE / "session_service" / "cli").glob("*.py") if not file.stem.startswith("_")}
    assert {line.split()[0] for line in printed.split("Commands:\n")[1].splitlines()} == files
    for file in sorted(files):
        assert run(file, "--help")[0] == 0
    code, printed = run("mgirate")
    assert (code, "Choose from: " + ", ".join(sorted(files)) in printed) == (2, True)


# sweep


def test_r16_sweep_ends_what_is_idle_and_nothing_else(url: str) -> None:
    assert run("migrate", url=url)[0] == 0
    now = datetime.now(UTC)
    insert = "INSERT INTO conversation_sessions (id, subcontractor_id, status, started_at, last_activity_at) VALUES"
    for user, session, last in ((1, OLD, now - timedelta(hours=8)), (2, LIVE, now - timedelta(hours=6))):
        at = last.strftime("%Y-%m-%dT%H:%M:%S.%f") + ("" if is_sqlite(url) else "+00")
        execute(url, f"INSERT INTO subcontractors (id, phone) VALUES ('{user:032x}', '{user}')")
        execute(url, f"{insert} ('{session}', '{user:032x}', 'active', '{at}', '{at}')")
    assert run("sweep", url=url) == (0, "1 session ended.\n")
    assert run("sweep", url=url) == (0, "0 sessions ended.\n")
    states = rows(url, "SELECT id, status, end_reason FROM conversation_sessions ORDER BY id")
    assert states == [(OLD, "ended", "idle"), (LIVE, "active", None)]
    assert rows(url, "SELECT session_id, kind, reason FROM session_events") == [(OLD, "ended", "idle")]


def test_r6_what_a_sweep_ends_is_counted_with_what_the_service_counts(tmp_path: Path) -> None:
    url, shared = f"sqlite:///{tmp_path / 'service.db'}", tmp_path / "metrics"
    shared.mkdir()
    assert run("migrate", url=url)[0] == 0
    execute(url, f"INSERT INTO subcontractors (id, phone) VALUES ('{OLD}', '1')")
    for status in ("active", "ended"):  # a second sweep, a second process: counted together
        execute(
            url,
            f"UPDATE conversation_sessions SET status = '{status}';"
            "INSERT INTO conversation_sessions (id, subcontractor_id, started_at, last_activity_at)"
            f"VALUES ('{uuid4().hex}', '{OLD}', '{LONG_AGO}', '{LONG_AGO}')",
        )
        assert end(start("sweep", url=url, SESSION_SERVICE_METRICS_DIR=str(shared))) == (0, "1 session ended.\n")
    assert 'session_ends_total{reason="lifetime"} 2.0' in shared_exposition(shared).decode()


def test_sweep_in_a_wrong_directory_makes_no_database_and_migrates_none(tmp_path: Path) -> None:
    code, printed = run("sweep", url=f"sqlite:///{tmp_path / 'session_service.db'}")
    assert (code, "at no revision" in printed, "name another --database" in printed) == (2, True, True)
    assert list(tmp_path.iterdir()) == []
    url = f"sqlite:///{tmp_path / 'old.db'}"
    assert run("migrate", "--to", "010", url=url)[0] == 0
    assert run("sweep", url=url)[0] == 2
    assert ledger(url) == ["010"]


def test_going_below_what_the_getter_needs_is_refused_unless_told_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    assert run("migrate", url=url)[0] == 0
    code, printed = run("migrate", "--down", "010", url=url)
    assert (code, "--force" in printed, ledger(url)) == (2, True, ["012"])
    assert run("migrate", "--down", "011", url=url) == (0, "The schema went from 012 to 011.\n")


@pytest.mark.parametrize(
    ("end_of_url", "said"),
    [
        ("?sslmode=required", "it may be sslmode=disable, allow, prefer, require, verify-ca, verify-full"),
        ("?channel_binding=require", "has the parameter 'channel_binding'; there are sslmode, sslrootcert"),
        ("?sslmode=verify-full&sslrootcert=/no/such.pem", "has sslrootcert='/no/such.pem', where there is no file"),
    ],
)
def test_what_a_url_cannot_say_is_refused_by_name(end_of_url: str, said: str) -> None:
    code, printed = run("migrate", "--check", url=f"postgresql://user:secret@localhost/name{end_of_url}")
    assert (code, said in printed, "secret" in printed, "Traceback" in printed) == (2, True, False, False)


def test_encryption_is_asked_for_as_psql_does(postgres: str) -> None:
    for mode in ("require", "verify-full"):
        code, printed = run("migrate", "--check", url=f"postgresql://postgres:@127.0.0.1:1/nothing?sslmode={mode}")
        assert (code, "Traceback" in printed, "Look at SESSION_SERVICE_DATABASE_URL" in printed) == (2, False, True)
    assert run("migrate", url=f"{postgres}&sslmode=disable")[0] == 0


def test_sweep_says_so_when_there_is_no_schema(postgres: str) -> None:
    code, printed = run("sweep", url=postgres)
    assert (code, "Run `session-service migrate`" in printed, "Traceback" in printed) == (2, True, False)
