"""`session-lint discover`: what it lists, what it writes, and that what it wrote is found afterwards."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from functional.project import TWICE, lint, write
from session_lint import api
from session_lint.facts.getters import Getter

TALKS = """\
import httpx


def get_or_create_talk(user_id):
    return httpx.post("https://talks.test", json={"user": user_id}).json()
"""
CALLER = """\
from talks import get_or_create_talk


def handle(user_id):
    talk = get_or_create_talk(user_id)
    print(talk["id"])
    return answer(user_id)


def answer(user_id):
    return get_or_create_talk(user_id)["text"]
"""
REMOTE = """\
import api_client


def get_or_create_plan(user_id):
    return api_client.fetch("/plans", user_id)


def show(user_id):
    plan = get_or_create_plan(user_id)
    print(plan["id"])
    print(get_or_create_plan(user_id))
"""
KINDS = """\
from functools import cache

from fastapi import Depends
from supabase import create_client

db = create_client("url", "key")


def upserted(user_id):
    return db.table("sessions").upsert({"user_id": user_id}, on_conflict="user_id").execute().data[0]


def wrapper(user_id):
    return upserted(user_id)


@cache
def get_or_create_setting(name):
    return db.table("settings").upsert({"name": name}, on_conflict="name").execute().data[0]


def current(user_id: str):
    return upserted(user_id)


def route(session=Depends(current)):
    return session["id"]


def find_note(key):
    found = db.table("notes").select("*").eq("key", key).execute().data
    if not found:
        db.table("notes").insert({"key": key}).execute()
        return {"key": key}
    return found[0]["text"]


def remember(key):
    found = db.table("notes").select("*").eq("key", key).execute().data
    if not found:
        db.table("notes").insert({"key": key}).execute()


def get_or_create_lock(name, locks={}):
    if name not in locks:
        locks[name] = object()
    return locks[name]
"""


def _found(project: Path) -> dict[str, Getter]:
    report = api.discover([project], options=api.RunOptions(use_cache=False))
    return {getter.function: getter for getter in report.getters}


def _texts(getter: Getter) -> list[str]:
    return [f"{one.place.span.row if one.place else '-'} {one.text}" for one in getter.evidence]


def test_a_getter_by_its_body(tmp_path: Path) -> None:
    found = _found(write(tmp_path, handler=TWICE))
    getter = found["service.get_or_create_session"]
    assert (getter.function, getter.status, getter.keys, getter.result) == ("service.get_or_create_session", "known", ("user_id",), "id")
    assert _texts(getter) == ["7 looks `sessions` up", "11 inserts it when it is missing", "- its name says so"]
    assert _texts(found["handler.handle"]) == ["7 returns what the getter `get_or_create_session` gives"]


def test_a_getter_in_which_two_requests_race(tmp_path: Path) -> None:
    racing = "from supabase import create_client\n\ndb = create_client('url', 'key')\n\n\ndef session_of(user_id):\n"
    racing += "    rows = db.table('sessions').select('*').eq('user_id', user_id).execute().data\n    if rows:\n        return rows[0]\n"
    racing += "    return db.table('sessions').insert({'user_id': user_id}).execute().data[0]\n"
    getter = _found(write(tmp_path, racing=racing, handler=TWICE))["racing.session_of"]

    assert _texts(getter)[-1] == "10 two requests can both find nothing: both insert"


def test_kinds_of_evidence(tmp_path: Path) -> None:
    found = _found(write(tmp_path, kinds=KINDS))
    assert _texts(found["kinds.upserted"]) == ["10 upserts `sessions` and returns the row"]
    assert _texts(found["kinds.wrapper"]) == ["14 returns what `upserted` gives"]
    assert _texts(found["kinds.get_or_create_setting"])[-1] == "- a decorator keeps the result: a second call is no finding"
    assert _texts(found["kinds.current"])[-1] == "26 is a dependency of the framework"
    assert found["kinds.current"].status == "known"
    reasons = {name: (one.reason, one.suggested) for name, one in found.items() if one.status == "candidate"}
    assert reasons == {
        "kinds.find_note": ("it may return something else than the row", True),
        "kinds.get_or_create_lock": ("nothing in its body leaves this process", False),
    }


def test_what_is_written_is_found_afterwards(tmp_path: Path) -> None:
    project = write(tmp_path, plans=REMOTE)
    settings = project / "pyproject.toml"
    settings.write_text('# mine\n[project]\nname = "p"\n\n[tool.session-lint]\ngetters = ["load_it"] # keep\n', encoding="utf-8")
    assert "All checks passed!" in lint(project, "check").stdout
    done = lint(project, "discover", "--write")
    assert (done.returncode, done.stderr) == (0, f"Added 1 getter to {settings}.\n")
    assert '    { name = "plans.get_or_create_plan", key = "user_id", id = "id" },' in done.stdout
    assert settings.read_text(encoding="utf-8") == (
        '# mine\n[project]\nname = "p"\n\n[tool.session-lint]\ngetters = ["load_it",\n'
        '    { name = "plans.get_or_create_plan", key = "user_id", id = "id" },\n] # keep\n'
    )
    again = lint(project, "check")
    assert (again.returncode, "ONE101" in again.stdout) == (1, True)
    assert _found(project)["plans.get_or_create_plan"].status == "configured"
    assert lint(project, "discover", "--write").stderr == "Nothing to write.\n"
    assert len(tomllib.loads(settings.read_text(encoding="utf-8"))["tool"]["session-lint"]["getters"]) == 2


def test_json_for_programs(tmp_path: Path) -> None:
    done = lint(write(tmp_path, plans=REMOTE), "discover", "plans.py", "--output-format", "json")
    (entry,) = json.loads(done.stdout)
    assert {key: entry[key] for key in ("function", "status", "keys", "id", "reason", "setting", "location")} == {
        "function": "plans.get_or_create_plan",
        "status": "candidate",
        "keys": ["user_id"],
        "id": "id",
        "reason": "nothing it calls is known to make a record",
        "setting": '{ name = "plans.get_or_create_plan", key = "user_id", id = "id" }',
        "location": {"row": 4, "column": 5},
    }
    assert [(one["text"], one["location"]["row"]) for one in entry["evidence"]] == [
        ("its name `get_or_create_plan` says so", 4),
        ('calls `api_client.fetch("/plans", user_id)`, of which nothing is known', 5),
    ]


def test_concise(tmp_path: Path) -> None:
    done = lint(write(tmp_path), "discover", "--output-format", "concise")
    assert done.stdout == (
        "service.py:6: known  service.get_or_create_session  (key: user_id)  looks `sessions` up\n"
        "1 known, 0 configured, 0 candidates, of which none is worth a setting.\n"
    )


def test_a_name_and_a_request_are_enough(tmp_path: Path) -> None:
    getter = _found(write(tmp_path, talks=TALKS, caller=CALLER))["talks.get_or_create_talk"]
    assert (getter.status, getter.keys, getter.result) == ("known", ("user_id",), "id")


def test_a_file_that_cannot_be_edited_stays(tmp_path: Path) -> None:
    project = write(tmp_path, plans=REMOTE)
    text = '[tool]\nsession-lint = { select = ["ONE1"] }\n'
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    done = lint(project, "discover", "--write")
    assert done.returncode == 2
    assert "add the block by hand" in done.stderr
    assert (project / "pyproject.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("option", [("--isolated",), ("--config", "other.toml")])
def test_write_needs_the_project_file(tmp_path: Path, option: tuple[str, ...]) -> None:
    done = lint(write(tmp_path), "discover", "--write", *option)
    assert (done.returncode, "cannot be used with" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["plans.get_or_create_plan", "get_or_create_plan", "plans.*"])
def test_a_getter_of_the_settings_needs_no_body_that_shows_it(tmp_path: Path, name: str) -> None:
    project = write(tmp_path, plans=REMOTE)
    (project / "pyproject.toml").write_text(f'[tool.session-lint]\ngetters = ["{name}"]\n', encoding="utf-8")
    assert [finding.code for finding in api.check_paths([project]).findings] == ["ONE101"]


def test_a_project_without_getters_hears_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "a.py").write_text("def add(a, b):\n    return a + b\n", encoding="utf-8")
    done = lint(tmp_path, "discover")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No getters found. ")
    assert "the setting `getters`" in done.stdout


def test_what_sets_what_makes_and_what_a_framework_calls_is_no_getter() -> None:
    source = """
from supabase import create_client
from fastapi import APIRouter

db = create_client("url", "key")
router = APIRouter()


def set_preference(user_id, key, value):
    row = {"user_id": user_id, "key": key, "value": value}
    return db.table("preferences").upsert(row, on_conflict="user_id,key").execute().data[0]


def keep_profile(user_id, profile):
    found = db.table("profiles").select("*").eq("user_id", user_id).execute()
    if found.data:
        return db.table("profiles").update(profile).eq("user_id", user_id).execute().data[0]
    return db.table("profiles").insert({"user_id": user_id, **profile}).execute().data[0]


def create_user(email):
    found = db.table("users").select("*").eq("email", email).execute()
    if found.data:
        raise ValueError("taken")
    return db.table("users").insert({"email": email}).execute().data[0]


def ensure_session(user_id):
    found = db.table("sessions").select("*").eq("user_id", user_id).execute()
    if found.data:
        return found.data[0]
    return db.table("sessions").insert({"user_id": user_id}).execute().data[0]


@router.post("/session")
async def get_or_create_session(user_id: str):
    return ensure_session(user_id)
"""
    report = api.discover_source({"backend/repo.py": source})
    assert [getter.function for getter in report.getters] == ["backend.repo.ensure_session"]
