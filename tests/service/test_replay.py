"""R4: both incidents and clicks at the same time, on the application as it was, behind the hotfix, repaired, and on the service."""

from __future__ import annotations

import asyncio
import difflib
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from fixtures.incident.runtime.application import INCIDENT, LAYERS, TASKS, add_user, assemble, environment, migrate, repair
from fixtures.incident.runtime.click import one_click
from fixtures.incident.runtime.database_function import new_day
from fixtures.incident.runtime.databases import NewDatabase, execute
from fixtures.incident.runtime.replay import CALLS, FIRST, SECOND, Result, clicks, play
from fixtures.incident.runtime.report import table, wrong
from fixtures.incident.runtime.stage import ApplicationStage, stage
from fixtures.incident.runtime.store import APIError, Client, open_connection

ROUNDS = 6
SCENARIOS = (CALLS, FIRST, SECOND, clicks(3, ROUNDS), clicks(8, ROUNDS))


@pytest.fixture(params=["sqlite", "postgres"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Makes an empty database by name. Those of PostgreSQL go with the server."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.db"
    server: str = request.getfixturevalue("postgres_server")

    def new(name: str) -> str:
        database = f"{name}_{uuid4().hex}"
        asyncio.run(execute(server, f"CREATE DATABASE {database}"))
        return server.replace("/postgres?", f"/{database}?")

    return new


def test_r4_as_it_was_every_call_of_the_evening_ends_the_session(new_database: NewDatabase, tmp_path: Path) -> None:
    calls, click, evening, three, eight = play(stage("naive", tmp_path, new_database), SCENARIOS)
    assert (calls.handed, calls.sessions, calls.dead) == (4, 4, 3)
    assert (click.handed, click.sessions, click.dead, click.lost) == (3, 3, 2, 1), "and the next message is answered with the menu"
    assert (evening.requests, evening.sessions, evening.lost) == (4, 12, 4)
    for result in (three, eight):
        assert result.doubled > 0
        assert result.sessions > ROUNDS
    assert sum(result.failed for result in (calls, click, evening, three, eight)) == 0


def test_r4_the_hotfix_hides_a_part_of_it(new_database: NewDatabase, tmp_path: Path) -> None:
    calls, click, evening, three = play(stage("hotfix", tmp_path, new_database), SCENARIOS[:4])
    assert (calls.handed, calls.sessions) == (4, 2)
    assert (click.sessions, click.lost) == (1, 1), "five seconds are shorter than the user's next message takes"
    assert 1 < evening.sessions < 12
    assert evening.dead > 0, "each of the two processes remembers, also what the other one has ended"
    assert evening.lost > 0
    assert three.doubled > 0, "a cache in each process decides nothing between them"


def test_r4_one_call_a_message_is_not_enough(new_database: NewDatabase, tmp_path: Path) -> None:
    calls, click, evening, *_ = play(stage("repaired", tmp_path, new_database), SCENARIOS[:3])
    assert calls.sessions == 4
    assert (click.handed, click.sessions, click.dead, click.lost) == (1, 1, 0, 1), "what the linter repairs: 3 sessions for a click are 1"
    assert (evening.handed, evening.sessions, evening.lost) == (4, 4, 4), "what it cannot see: the rule in the database"


def test_r4_the_race_of_the_getter_is_left_by_a_unique_index_and_repaired(new_database: NewDatabase, tmp_path: Path) -> None:
    three, eight = play(stage("race", tmp_path, new_database), SCENARIOS[3:])
    assert three.failed + eight.failed > 0, "whoever comes second gets an error"
    assert (three.doubled, eight.doubled) == (0, 0), "which is all that the index does"
    results = play(stage("adopted", tmp_path, new_database), SCENARIOS)
    assert [result.scenario for result in results if not result.clean] == []
    assert [result.sessions for result in results] == [1, 1, 1, ROUNDS, ROUNDS]
    assert [result.handed for result in results] == [4, 1, 4, 3 * ROUNDS, 8 * ROUNDS], "every caller got one"


@pytest.mark.parametrize("variant", ["after", "ours"])
def test_r4_repaired_by_hand_and_the_service_are_clean(new_database: NewDatabase, tmp_path: Path, variant: str) -> None:
    scenarios = SCENARIOS if variant == "ours" else SCENARIOS[:4]
    results = play(stage(variant, tmp_path, new_database), scenarios)
    assert [result.scenario for result in results if not result.clean] == []
    assert [result.sessions for result in results] == [1, 1, 1, ROUNDS, ROUNDS][: len(scenarios)]
    assert [result.handed for result in results] == [4, 1, 4, 3 * ROUNDS, 8 * ROUNDS][: len(scenarios)], "every caller got one"


def test_one_click_on_a_copy_before_and_after_its_repair(new_database: NewDatabase, tmp_path: Path) -> None:
    application = assemble(LAYERS["naive"], tmp_path / "application")
    before = one_click(application, new_database("clicked"))
    printed = repair(application)
    after = one_click(application, new_database("repaired"))
    assert (before.sessions, before.calls, after.sessions, after.calls) == (3, 3, 1, 1)
    assert "Found 6 findings: 6 repaired, none left." in printed.splitlines()
    assert before.answer == after.answer == "\n".join(TASKS)


def test_one_click_on_what_the_account_describes(new_database: NewDatabase, tmp_path: Path) -> None:
    """All obstacles at once: one run leaves nothing, the user sees the tasks, and a progress update replaces another one as before."""
    application = assemble(LAYERS["account"], tmp_path / "application")
    before = one_click(application, new_database("clicked"))
    assert (before.sessions, before.calls, before.answer) == (3, 3, "Hello! Which project?"), "the greeting instead of the tasks"
    assert _updates(application, new_database("updated")) == [max(TASKS)]
    assert "Found 8 findings: 8 repaired, none left." in repair(application).splitlines()
    after = one_click(application, new_database("repaired"))
    assert (after.sessions, after.calls, after.answer) == (1, 1, "\n".join(TASKS))
    assert _updates(application, new_database("replaced")) == [max(TASKS)]


def _updates(application: Path, url: str) -> list[str]:
    """The tasks whose progress update is under way when one was begun for each of them, in order."""
    place = ApplicationStage(application, url)
    user, phone = place.add_user()
    connection = open_connection(place.url)
    tasks = {row["id"]: row["title"] for row in connection.run("SELECT id, title FROM tasks WHERE subcontractor_id = ?", [user])}
    with place.workers(1) as crew:
        for task in sorted(tasks, key=lambda one: tasks[one]):
            assert crew.one(0, replace(FIRST.messages[0], button=f"task:{task}").order(user, phone)).errors == []
    begun = connection.run("SELECT task_id FROM progress_update_sessions", [])
    connection.close()
    return [tasks[row["task_id"]] for row in begun]


def test_one_click_from_a_shell(new_database: NewDatabase, tmp_path: Path) -> None:
    application = assemble(LAYERS["naive"], tmp_path / "application")
    command = [sys.executable, "-m", "fixtures.incident.runtime.click", str(application), new_database("shell")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


def test_the_fixture_runs_as_it_stands_and_repaired(new_database: NewDatabase, tmp_path: Path) -> None:
    """A progress update is begun twice: cleared and inserted before, one upsert after; a single row in the end."""
    application = assemble(LAYERS["before"], tmp_path / "application")
    calls = {}
    for name in ("before", "repaired"):
        place = ApplicationStage(application, new_database(name))
        user, phone = place.add_user()
        connection = open_connection(place.url)
        tasks = [row["id"] for row in connection.run("SELECT id FROM tasks WHERE subcontractor_id = ? ORDER BY title", [user])]
        with place.workers(1) as crew:
            clicked = crew.one(0, FIRST.messages[0].order(user, phone))
            begun = [crew.one(0, replace(FIRST.messages[0], button=f"task:{task}").order(user, phone)) for task in tasks]
        assert [report.errors for report in (clicked, *begun)] == [[], [], []]
        assert clicked.answer == "\n".join(TASKS)
        assert connection.run("SELECT task_id FROM progress_update_sessions", []) == [{"task_id": tasks[-1]}]
        connection.close()
        calls[name] = len(clicked.handed)
        if name == "before":
            shutil.copytree(INCIDENT / "race" / "migrations", application / "migrations", dirs_exist_ok=True)  # what the getter needs
            assert "Found 6 findings: 6 repaired, none left." in repair(application).splitlines()
    assert calls == {"before": 2, "repaired": 1}


def test_r14_on_a_dead_database_nothing_is_played(tmp_path: Path) -> None:
    application = assemble(LAYERS["after"], tmp_path / "application")
    for url in (f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}", f"postgresql://postgres:@/postgres?host={tmp_path}"):
        with pytest.raises(Exception, match=r"unable to open|No such file|connect"):
            ApplicationStage(application, url)


def test_what_the_naive_application_adds_to_the_fixture() -> None:
    """Its getter, and a third call for a message; nothing else, so that what is repaired is the fixture."""
    changed = [file.relative_to(INCIDENT / "naive") for file in sorted((INCIDENT / "naive").rglob("*.py"))]
    assert [file.as_posix() for file in changed] == ["src/handlers/message_pipeline.py", "src/services/session.py"]
    texts = [(INCIDENT / layer / changed[0]).read_text(encoding="utf-8").splitlines() for layer in ("before", "naive")]
    differing = [line for line in difflib.ndiff(*texts) if line[0] in "+-" and line[2:].strip()]
    assert differing == [
        "+ import logging",
        "+ log = logging.getLogger(__name__)",
        "+         session = await session_service.get_or_create_session(ctx.user_id)",
        '+         log.info("message in session %s", session["id"])',
    ]


@pytest.mark.parametrize(("last", "now", "over"), [(19, 20, False), (20, 20, True), (21, 23, True), (23, 1, False), (12, 18, False)])
def test_the_rule_of_the_incident_looks_at_hours_only(last: int, now: int, over: bool) -> None:
    before = datetime(2026, 1, 17, last)
    after = datetime(2026, 1, 17, now) + timedelta(days=now < last)
    assert new_day(before, after) is over


def test_the_client_does_what_supabase_does(new_database: NewDatabase) -> None:
    url = new_database("client")
    migrate(INCIDENT / "after", url)
    user, _ = add_user(url)
    connection = open_connection(url)
    client = Client(connection)
    row = {"id": "a", "subcontractor_id": user, "active_for": user, "status": "active", "started_at": "now"}
    table = "conversation_sessions"
    assert client.table(table).insert(row).execute().data == [{**row, "context": None}]
    with pytest.raises(APIError) as refused:
        client.table(table).insert({**row, "id": "b"}).execute()
    assert refused.value.code == "23505"
    ignored = client.table(table).upsert({**row, "id": "b"}, on_conflict="active_for", ignore_duplicates=True).execute()
    assert ignored.data == []
    upserted = client.table(table).upsert({**row, "id": "b", "context": "x"}, on_conflict="active_for").execute()
    assert [(found["id"], found["context"]) for found in upserted.data] == [("b", "x")]
    assert client.table(table).update({"status": "ended"}).eq("id", "b").execute().data[0]["status"] == "ended"
    assert client.table(table).select("id, status").eq("active_for", user).single().execute().data == {"id": "b", "status": "ended"}
    assert client.table(table).select().eq("id", "a").limit(1).execute().data == []
    with pytest.raises(APIError) as none:
        client.table(table).select("*").eq("id", "a").single().execute()
    assert none.value.code == "PGRST116"
    assert len(client.table(table).delete().eq("id", "b").execute().data) == 1
    with pytest.raises(ValueError, match="no name"):
        client.table("sessions; DROP TABLE x").select().execute()
    assert client.queries == 9
    connection.close()


def _result(**numbers: int) -> Result:
    values = {"requests": 1, "handed": 4, "sessions": 4, "dead": 3, "failed": 0, "lost": 0, "doubled": 0, "queries": 8, "getter_queries": 4}
    return Result("a scenario", **{**values, **numbers})


def test_a_replay_that_proves_nothing_says_so() -> None:
    clean = _result(sessions=1, dead=0)
    assert wrong({"naive": [_result(), _result()], "ours": [clean, clean]}) == []
    assert wrong({"naive": [_result(), clean], "ours": [clean, clean]}) == ["the defect did not show in: a scenario"]
    assert wrong({"naive": [clean, _result()], "ours": [clean, clean]}) == [
        "the first incident was 4 calls, 4 sessions, 3 of them dead; here 4, 1, 0"
    ]
    for number in ("dead", "failed", "lost", "doubled"):
        spoilt = replace(clean, **{number: 1})
        assert wrong({"naive": [_result(), _result()], "ours": [clean, spoilt]}) == ["ours is not clean in: a scenario"], number
    shown = {"naive": [_result(), _result()], "ours": [clean, clean], "race": [clean, replace(clean, failed=1)]}
    assert wrong({**shown, "adopted": [clean, clean]}) == []
    assert wrong({**shown, "adopted": [clean, replace(clean, failed=1)]}) == ["the repaired race is not clean in: a scenario"]
    assert wrong({**shown, "race": [clean, clean]}) == ["the race of the getter did not show"]
    assert table({"ours": [clean]}).splitlines()[-1].split() == ["ours", "1", "4", "1", "0", "0", "0", "0", "8.0", "4.0"]


def test_the_command_on_a_server_that_runs(postgres_server: str) -> None:
    program = Path(__file__).parents[2] / "tools" / "replay.py"
    command = [
        sys.executable,
        str(program),
        "--database",
        postgres_server,
        "--rounds",
        "4",
        *(f"--without={name}" for name in ("hotfix", "repaired", "after", "race", "adopted")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": ""})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "The defect shows in (a), and (c) is clean."
