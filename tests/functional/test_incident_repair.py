"""`fix --unsafe-fixes` on a copy of the incident: all but the race of the getter itself (ONE203, which has no repair) is gone in one
run, nothing is lost, and it is what a person did by hand but for style."""

from __future__ import annotations

import ast
import io
import json
import shutil
import subprocess
import tokenize
from collections import Counter
from pathlib import Path

import libcst
import pytest

from functional.project import lint

INCIDENT = Path(__file__).parents[1] / "fixtures" / "incident"
CHAIN = {"execute_direct_handler", "handle_direct_action", "list_tasks", "report_problem", "keep_one"}


def copied(project: Path) -> Path:
    """The application, and the migration with the constraint that its upsert is to name: without it the database would refuse that."""
    shutil.copytree(INCIDENT / "before", project)
    shutil.copytree(INCIDENT / "repaired", project, dirs_exist_ok=True)
    return project


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after one run."""
    project = copied(tmp_path_factory.mktemp("incident") / "before")
    done = lint(project, "fix", "--unsafe-fixes", "--no-cache")
    assert (done.returncode, done.stderr) == (1, "")
    assert any(line.startswith("Found 6 findings: 5 repaired, 1 left") for line in done.stdout.splitlines()), done.stdout
    return project


def texts(project: Path) -> dict[str, str]:
    return {file.relative_to(project).as_posix(): file.read_text(encoding="utf-8") for file in sorted(project.rglob("*.py"))}


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def test_nothing_but_the_race_of_the_getter_is_found_any_more(repaired: Path) -> None:
    done = lint(repaired, "check", "--no-cache", "--output-format", "json")
    assert [(one["code"], Path(one["filename"]).name) for one in json.loads(done.stdout)] == [("ONE203", "session.py")]


def test_only_the_files_of_the_findings_differ(repaired: Path) -> None:
    before, after = texts(INCIDENT / "before"), texts(repaired)
    assert before.keys() == after.keys()
    assert [path for path in before if before[path] != after[path]] == [
        "src/handlers/message.py",
        "src/handlers/message_pipeline.py",
        "src/services/progress_update/state.py",
    ]
    others = [file for file in sorted((INCIDENT / "before").rglob("*")) if file.is_file() and file.suffix not in (".py", ".pyc")]
    assert others
    for file in others:
        assert (repaired / file.relative_to(INCIDENT / "before")).read_bytes() == file.read_bytes()


def test_the_result_parses(repaired: Path) -> None:
    for path, text in texts(repaired).items():
        compile(text, path, "exec")
        assert libcst.parse_module(text).code == text


def test_every_comment_and_docstring_is_kept(repaired: Path) -> None:
    after = texts(repaired)
    for path, text in texts(INCIDENT / "before").items():
        assert comments(after[path]) == comments(text), path
        assert _docstrings(after[path]) == _docstrings(text), path


def _docstrings(text: str) -> dict[str, str | None]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name: ast.get_docstring(node) for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)}


def test_every_call_of_the_chain_passes_the_session(repaired: Path) -> None:
    calls = [
        (node.func.id, {keyword.arg for keyword in node.keywords})
        for text in texts(repaired).values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHAIN
    ]
    assert {name for name, _ in calls} == CHAIN
    assert [name for name, keywords in calls if "session_id" not in keywords] == []


def test_a_second_run_changes_nothing(repaired: Path) -> None:
    before = texts(repaired)
    done = lint(repaired, "fix", "--unsafe-fixes", "--no-cache")
    assert done.returncode == 1
    assert texts(repaired) == before


def test_the_upsert_is_the_one_written_by_hand(repaired: Path) -> None:
    state = "src/services/progress_update/state.py"
    assert (repaired / state).read_text(encoding="utf-8") == (INCIDENT / "after" / state).read_text(encoding="utf-8")


def test_without_unsafe_repairs_nothing_unsafe_is_done(tmp_path: Path) -> None:
    project = copied(tmp_path / "before")
    done = lint(project, "fix", "--no-cache")
    assert done.returncode == 1
    state = "src/services/progress_update/state.py"
    assert (project / state).read_bytes() == (INCIDENT / "before" / state).read_bytes()
    assert "Found 6 findings. --unsafe-fixes would repair 5 of them." in done.stdout.splitlines()


def test_the_diff_applies_to_the_same_result(repaired: Path, tmp_path: Path) -> None:
    project = copied(tmp_path / "before")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    done = lint(project, "fix", "--unsafe-fixes", "--no-cache", "--diff")
    assert done.returncode == 1
    subprocess.run(["git", "apply", "-"], cwd=project, input=done.stdout.encode(), check=True)
    assert texts(project) == texts(repaired)


def test_without_the_constraint_no_upsert_is_written(tmp_path: Path) -> None:
    project = tmp_path / "before"
    shutil.copytree(INCIDENT / "before", project)
    done = lint(project, "fix", "--unsafe-fixes", "--no-cache")
    state = "src/services/progress_update/state.py"
    assert (project / state).read_bytes() == (INCIDENT / "before" / state).read_bytes()
    assert "the edit would bring a new finding: ONE204" in done.stdout
    assert "Found 6 findings: 4 repaired, 2 left" in done.stdout


def test_all_that_stands_in_the_way_at_once(tmp_path: Path) -> None:
    """The application as the account has it: one run leaves nothing, a second changes nothing, and comments stay but for the clear's."""
    project = tmp_path / "account"
    for layer in ("before", "naive", "account", "repaired"):
        shutil.copytree(INCIDENT / layer, project, dirs_exist_ok=True)
    before = texts(project)
    done = lint(project, "fix", "--unsafe-fixes", "--no-cache")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Found 8 findings: 8 repaired, none left." in done.stdout.splitlines()
    after = texts(project)
    assert [path for path in before if before[path] != after[path]] == [
        "src/handlers/message.py",
        "src/handlers/message_pipeline.py",
        "src/services/progress_update/state.py",
    ]
    gone = [comment for path in before for comment in (comments(before[path]) - comments(after[path]))]
    assert gone == ["# Clear any existing session"]
    assert (lint(project, "check", "--no-cache").returncode, lint(project, "fix", "--unsafe-fixes", "--no-cache").returncode) == (0, 0)
    assert texts(project) == after
