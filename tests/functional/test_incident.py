"""The small application in the shape of the incident: both defects are found across its files, and its repair is clean."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from session_lint import api

INCIDENT = Path(__file__).parents[1] / "fixtures" / "incident"
SESSION = "src/services/session.py"
PIPELINE = "src/handlers/message_pipeline.py"
MESSAGE = "src/handlers/message.py"
PROGRESS = "src/services/progress_update/state.py"


def _check(project: Path) -> tuple[int, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "session_lint", "check", "--no-cache", "--output-format", "json", str(project)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def _inside(project: Path, filename: str) -> str:
    """The path inside the project, whether the output is absolute or relative to somewhere above it."""
    return filename.replace("\\", "/").rpartition(f"incident/{project.name}/")[2]


def _files_of_chain(project: Path, finding: dict[str, Any]) -> list[str]:
    return [_inside(project, step["filename"]) for step in finding["chain"]]


@pytest.fixture(scope="module")
def before() -> list[dict[str, Any]]:
    code, findings = _check(INCIDENT / "before")
    assert code == 1
    return findings


def _of(findings: list[dict[str, Any]], code: str, path: str) -> list[dict[str, Any]]:
    return [f for f in findings if f["code"] == code and _inside(INCIDENT / "before", f["filename"]) == path]


def _text(finding: dict[str, Any]) -> str:
    file = INCIDENT / "before" / _inside(INCIDENT / "before", finding["filename"])
    return file.read_text(encoding="utf-8").splitlines()[finding["location"]["row"] - 1].strip()


def test_the_call_that_forgets_the_session(before: list[dict[str, Any]]) -> None:
    (finding,) = _of(before, "ONE102", PIPELINE)

    assert _text(finding) == 'reply = await handle_direct_action("open_project", ctx.user_id, argument)'
    assert "session_id" in finding["message"]
    assert finding["chain"][0]["function"].endswith("MessagePipeline._press"), "the caller has it in its context"
    assert {PIPELINE, MESSAGE} <= set(_files_of_chain(INCIDENT / "before", finding)) | {
        _inside(INCIDENT / "before", related["filename"]) for related in finding["related"]
    }


def test_the_handlers_that_fetch_again(before: list[dict[str, Any]]) -> None:
    findings = _of(before, "ONE103", MESSAGE)

    assert {_text(finding) for finding in findings} == {"session = await session_service.get_or_create_session(user_id)"}
    assert [finding["location"]["row"] for finding in findings] == [48, 60]  # list_tasks, report_problem
    for finding in findings:
        files = _files_of_chain(INCIDENT / "before", finding)
        functions = [step["function"].rpartition(".")[2] for step in finding["chain"]]
        assert (files[0], files[-1]) == (PIPELINE, MESSAGE)
        assert functions[:4] == ["process", "_route", "_converse", "execute_direct_handler"]


def test_the_photos_that_fetch_in_parallel(before: list[dict[str, Any]]) -> None:
    (finding,) = _of(before, "ONE104", MESSAGE)

    assert _text(finding) == "session = await session_service.get_or_create_session(user_id)"
    assert [step["function"].rpartition(".")[2] for step in finding["chain"]][:2] == ["keep_media", "keep_one"]


def test_the_progress_update_that_clears_first(before: list[dict[str, Any]]) -> None:
    (finding,) = _of(before, "ONE201", PROGRESS)

    related = [_inside(INCIDENT / "before", place["filename"]) for place in finding["related"]]
    assert "src/integrations/supabase.py" in related, "the delete is two helpers away, in another file"
    assert "on_conflict" in finding["message"]


def test_nothing_else_is_said(before: list[dict[str, Any]]) -> None:
    assert sorted(finding["code"] for finding in before) == ["ONE102", "ONE103", "ONE103", "ONE104", "ONE201", "ONE203"]


def test_the_repair_is_clean_without_suppressions() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (INCIDENT / "after").rglob("*.py")]

    assert _check(INCIDENT / "after") == (0, [])
    assert not any("noqa" in source for source in sources)


def test_the_repair_is_seen_and_not_overlooked() -> None:
    graph = api.call_graph([INCIDENT / "after"])

    assert "src.services.session.SessionService.get_or_create_session" in graph["src.handlers.message.handle_direct_action"]
    assert "src.handlers.message.handle_direct_action" in graph["src.handlers.message_pipeline.MessagePipeline._press"]
