"""`session-lint cost`: the formats, the maximum, and the incident before and after it was mended."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from functional.project import ONCE, TWICE, lint, write
from session_lint import api
from session_lint.errors import ConfigError

INCIDENT = Path(__file__).parents[1] / "fixtures" / "incident"
_MAXIMUM = "max-lookups-per-entry-point = 1"
_BATCH = """\
from service import get_or_create_session


def import_all(users):
    for user in users:
        print(get_or_create_session(user))
"""


def _lookups(project: Path) -> dict[str, int]:
    report = api.cost([project], options=api.RunOptions(use_cache=False))
    return {entry.function.rpartition(".")[2]: entry.lookups for entry in report.entries}


def test_the_incident_counts_its_lookups(tmp_path: Path) -> None:
    naive = tmp_path / "naive"
    for layer in ("before", "naive"):
        shutil.copytree(INCIDENT / layer, naive, dirs_exist_ok=True)
    assert _lookups(naive)["process"] == 3
    assert _lookups(INCIDENT / "before")["process"] == 2
    assert _lookups(INCIDENT / "after")["process"] == 1


def test_full_shows_the_worst_path(tmp_path: Path) -> None:
    done = lint(write(tmp_path, handler=TWICE), "cost")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "handler.py:4: 2 lookups  uncalled  handler.handle  (sessions 2)\n"
        "  sessions: 2 lookups\n"
        "    → handler.py:5  handle: get_or_create_session(user_id)\n"
        "    → handler.py:7  handle: get_or_create_session(user_id)\n"
        "\n"
        "1 entry point obtains records, up to 2 lookups of one kind on one path.\n"
    )


def test_the_maximum_fails_the_run(tmp_path: Path) -> None:
    project = write(tmp_path, handler=TWICE, batch=_BATCH)
    done = lint(project, "cost", "--max", "1", "--output-format", "concise")
    assert done.returncode == 1
    assert done.stdout == (
        "handler.py:4: 2 lookups (maximum 1)  uncalled  handler.handle  (sessions 2)\n"
        "batch.py:4: 1 lookup ×n  uncalled  batch.import_all  (sessions 1)\n"
        "2 entry points obtain records, up to 2 lookups of one kind on one path. 1 of them exceeds the maximum of 1.\n"
    )
    assert lint(project, "cost", "--max", "2", "--quiet").returncode == 0
    assert lint(project, "cost", "batch.py", "--max", "1").returncode == 0


def test_the_setting_is_the_maximum(tmp_path: Path) -> None:
    project = write(tmp_path, handler=TWICE)
    (project / "pyproject.toml").write_text(f"[tool.session-lint]\n{_MAXIMUM}\n", encoding="utf-8")
    assert lint(project, "cost").returncode == 1
    assert lint(project, "cost", "--max", "2").returncode == 0
    (project / "handler.py").write_text(ONCE, encoding="utf-8")
    assert lint(project, "cost").returncode == 0


@pytest.mark.parametrize("value", ["-1", "true", '"1"', "1.5"])
def test_a_maximum_that_is_no_number_is_refused(tmp_path: Path, value: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.session-lint]\nmax-lookups-per-entry-point = {value}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"max-lookups-per-entry-point.*a whole number"):
        api.load_settings([tmp_path])


def test_json_for_programs(tmp_path: Path) -> None:
    project = write(tmp_path, handler=TWICE)
    done = lint(project, "cost", "--max", "1", "--output-format", "json", "--output-file", "cost.json")
    assert (done.returncode, done.stdout) == (1, "")
    (entry,) = json.loads((project / "cost.json").read_text(encoding="utf-8"))
    assert {key: entry[key] for key in ("function", "kind", "lookups", "total", "exceeds", "filename", "location")} == {
        "function": "handler.handle",
        "kind": "uncalled",
        "lookups": 2,
        "total": 2,
        "exceeds": True,
        "filename": str(project / "handler.py"),
        "location": {"row": 4, "column": 5},
    }
    (record,) = entry["records"]
    assert (record["record"], record["lookups"]) == ("sessions", 2)
    assert [[step["location"]["row"] for step in lookup["chain"]] for lookup in record["path"]] == [[5], [7]]
    assert [step["repeated"] for lookup in record["path"] for step in lookup["chain"]] == [False, False]


def test_nothing_to_count(tmp_path: Path) -> None:
    done = lint(write(tmp_path), "cost")
    assert (done.returncode, done.stdout) == (0, "No entry point leads to a getter.\n")


def test_a_file_that_does_not_parse_is_a_failure(tmp_path: Path) -> None:
    done = lint(write(tmp_path, handler=TWICE, broken="def (\n"), "cost", "--output-format", "concise")
    assert done.returncode == 2
    assert "broken.py:1" in done.stderr
    assert "handler.handle" in done.stdout


def test_a_caller_of_other_processes_sees_the_same(tmp_path: Path) -> None:
    project = write(tmp_path, handler=TWICE, batch=_BATCH)
    outputs = {lint(project, "cost", *options).stdout for options in ((), (), ("--no-cache",), ("--jobs", "2", "--no-cache"))}
    assert len(outputs) == 1
