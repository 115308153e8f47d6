"""A silence that people can believe: what a run says that it looked at, and when it warns that finding nothing may mean little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.functional.project import GETTER, ONCE, lint

READER = """\
import psycopg2

STATEMENT = open("orders.txt").read()


def orders(user_id):
    with psycopg2.connect("dbname=shop") as connection, connection.cursor() as cursor:
        return run(cursor, STATEMENT, user_id)
"""
INSERTS = """\
import sqlite3


def note(text):
    connection = sqlite3.connect("notes.db")
    connection.execute("INSERT INTO notes (text) VALUES (?)", (text,))
    connection.commit()
"""


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository, so that what lies above `tmp_path` is nobody's."""
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["full", "concise", "grouped"])
def test_the_summary_names_the_root_the_files_the_getters_and_the_calls(project: Path, name: str) -> None:
    write(project, {"service.py": GETTER, "handler.py": ONCE.replace("session =", "get_or_create_session(user_id)\n    session =")})
    done = lint(project, "check", "--output-format", name)
    assert (
        f"\nIn {project}: 2 files with 2 functions read; 2 can take part in a finding: 2 getters and 2 database calls there, "
        "1 of them by a key of which the schema does not tell whether it is unique.\n" in done.stdout
    )
    assert done.stderr == ""


def test_what_cannot_take_part_is_not_counted_as_looked_into(project: Path) -> None:
    write(project, {"notes.py": "def total(prices):\n    return sum(prices)\n", "tests/test_notes.py": "def test_total(): ...\n"})
    done = lint(project, "check")
    assert done.stdout == (
        f"All checks passed!\nIn {project}: 1 file with 1 function read; none of them can take part in a finding, by the names they use.\n"
    )
    assert done.stderr == ""


def test_formats_for_programs_and_quiet_runs_do_not_have_it(project: Path) -> None:
    write(project, {"reader.py": READER})
    done = lint(project, "check", "--output-format", "json")
    assert json.loads(done.stdout) == []
    assert "no call of it was recognised" in done.stderr
    quiet = lint(project, "check", "--quiet")
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_the_second_run_says_the_same(project: Path) -> None:
    write(project, {"reader.py": READER})
    first, again = lint(project, "check"), lint(project, "check")
    assert (first.stdout, first.stderr) == (again.stdout, again.stderr)
    assert first.stderr


def test_a_client_of_which_no_call_is_recognised(project: Path) -> None:
    write(project, {"reader.py": READER, "other.py": READER})
    assert lint(project, "check").stderr.splitlines()[0] == (
        "warning: 2 files import `psycopg2`, and no call of it was recognised: "
        "`session-lint check --explain FILE:LINE` tells why one is not"
    )
    write(project, {"writer.py": INSERTS.replace("sqlite3", "psycopg2")})
    assert "psycopg2" not in lint(project, "check").stderr


def test_a_client_that_only_tests_import_is_none_of_the_project(project: Path) -> None:
    write(project, {"tests/reader.py": READER, "notes.py": "def total(prices): ...\n"})
    assert lint(project, "check").stderr == ""


def test_no_getter(project: Path) -> None:
    write(project, {"notes.py": INSERTS})
    warning = (
        "warning: no getter was recognised, so the rules ONE1xx had nothing to look at: `session-lint discover` lists what may be one, "
        "and the setting `getters` names it\n"
    )
    assert lint(project, "check").stderr == warning
    assert lint(project, "check", "--select", "ONE2").stderr == ""  # no rule asks for one
    write(project, {"service.py": GETTER})  # called nowhere, and so not looked into
    assert lint(project, "check").stderr == ""


def test_imports_that_only_the_directory_above_answers(project: Path) -> None:
    package = {"app/__init__.py": "", "app/service.py": GETTER, "app/pyproject.toml": "[tool.session-lint]\n"}
    write(project, {**package, "app/handler.py": ONCE.replace("from service", "from app.service"), "shared/prices.py": ""})
    assert lint(project / "app", "check").stderr == (
        "warning: 1 import (`app.service.get_or_create_session`) resolves only above the project root, in "
        f"{project}: what is called there was not read; run session-lint from that directory\n"
    )
    write(project, {"app/handler.py": "import requests\nfrom shared.prices import total\nimport shared.prices\n"})
    assert lint(project / "app", "check").stderr.splitlines()[0] == (
        "warning: 2 imports (such as `shared.prices`) resolve only above the project root, in "
        f"{project}: what is called there was not read; run session-lint from that directory"
    )
    (project / "app/pyproject.toml").unlink()
    assert "above the project root" not in lint(project, "check").stderr


def test_without_a_repository_only_the_next_directory_counts(tmp_path: Path) -> None:
    files = {
        "shared/prices.py": "",
        "web/app/main.py": "import shared.prices\nimport web.base\n",
        "web/app/pyproject.toml": "",
        "web/base.py": "",
    }
    write(tmp_path, files)
    assert lint(tmp_path / "web/app", "check").stderr == ""
    write(tmp_path, {"web/app/main.py": "import base\nimport shared.prices\n"})
    assert "1 import (`base`) resolves only above the project root" in lint(tmp_path / "web/app", "check").stderr


def test_getters_of_tables_that_nobody_knows_are_counted(project: Path) -> None:
    text = "from billing.models import Plan\n\n\ndef plan(name):\n    return Plan.objects.get_or_create(name=name)[0]\n"
    write(project, {"plans.py": text})
    done = lint(project, "check")
    assert done.stdout.startswith("All checks passed!\n")
    assert "1 database call there, 1 of them by a key of which the schema does not tell whether it is unique.\n" in done.stdout
