"""The benchmark of the service with a few rounds: its gates, its tables and its data. How fast anything is, is not judged here."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def bench(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SESSION_SERVICE_", "PYTHONPATH"))}
    command = [sys.executable, str(BENCHMARKS / script), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def parts(*names: str) -> list[str]:
    return [word for name in names for word in ("--part", name)]


def measured(tmp_path: Path, database: str, *names: str) -> tuple[str, dict[str, Any]]:
    """The report and the data of a quick run, whose exit code says what its gates say."""
    done = bench("service.py", "--quick", "--database", database, *parts(*names), "--json", tmp_path / "all.json")
    assert done.returncode in (0, 1), done.stderr
    found = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert done.returncode == int(any(gate["verdict"] == "FAIL" for gate in found["gates"]))
    return done.stdout, found


def test_the_report_has_every_gate_of_postgres(tmp_path: Path) -> None:
    report, found = measured(tmp_path, "postgres", "rates", "pgbench", "first", "written")
    assert [gate["name"] for gate in found["gates"]] == [
        "G1",
        *["G2"] * 2,
        *["G3"] * 2,
        *["G4"] * 2,
        *["G5"] * 2,
        "G7",
    ]
    assert all(gate["measured"] > 0 for gate in found["gates"][:-1])
    assert (found["gates"][-1]["measured"], found["gates"][-1]["verdict"]) == (0, "pass")  # no time: bytes
    rivals = {"naive", "naive, audited", "naive, a transaction"}
    assert {"getter"} | rivals == set(found["rates"][0]["rates"])
    for gate in found["gates"]:
        assert f"| {gate['name']} | postgres | {gate['what']} |" in report
    assert str(Path.home()) not in report
    assert os.uname().nodename not in report


def test_no_answer_over_http_and_in_contended_rounds_is_wrong(tmp_path: Path) -> None:
    report, found = measured(tmp_path, "sqlite", "http", "contention", "written")
    beside, *gates = found["gates"]
    assert (beside["name"], beside["measured"] > 0) == ("G8", True)
    assert [(gate["name"], gate["measured"], gate["verdict"]) for gate in gates] == [
        ("HTTP", 0, "pass"),
        ("G6", 0, "pass"),
        ("G7", 0, "pass"),
    ]
    loaded = found["rates"][0]["result"]
    assert (loaded["requests"], sum(loaded["outcomes"].values())) == (120, 120)
    # one for each user, whoever else asked at the same time, and at most one more after each end
    assert 20 <= loaded["outcomes"]["created"] <= 20 + loaded["outcomes"]["ended"]
    assert "## Messages over HTTP, sqlite" in report


def test_the_benchmark_of_contention_starts() -> None:
    done = bench("contention.py", "--help")
    assert done.returncode == 0, done.stderr


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_judge", BENCHMARKS / "judge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


STORED = [("+1", "ann", "s1", "active"), ("+2", "bob", "s2", "active")]


@pytest.mark.parametrize(
    ("answer", "stored", "text"),
    [
        (("+1", 500, "", "", "error"), STORED, "status 500"),
        (("+1", 200, "bob", "s2", "reused"), STORED, "another user"),
        (("+1", 200, "ann", "s2", "reused"), STORED, "session of another user"),
        (("+1", 200, "ann", "s9", "reused"), STORED, "none that exists"),
        (("+1", 200, "ann", "s0", "reused"), [*STORED, ("+1", "ann", "s0", "ended")], "not the one that is active"),
        (("+1", 200, "ann", "s1", "reused"), [*STORED, ("+1", "ann", "s0", "active")], "2 active sessions"),
    ],
)
def test_the_judge_of_http_sees_what_is_wrong(judge: ModuleType, answer: tuple[Any, ...], stored: Any, text: str) -> None:
    assert any(text in found for found in judge.judged([judge.Reply(*answer, 0.1)], stored))


ENDED = [("+1", "ann", "s0", "ended"), ("+1", "ann", "s1", "active")]


@pytest.mark.parametrize(
    ("answers", "stored", "text"),
    [
        ([("s0", "ended", 1.0), ("s0", "reused", 2.0)], ENDED, "had ended before it asked"),
        ([("s1", "ended", 1.0)], ENDED, "not over"),
        ([("s1", "reused", 1.0)], [*ENDED[:1], ("+1", "ann", "s1", "ended")], "nobody has ended it"),
        ([], [("+1", "ann", "s0", "ended")], "0 active sessions"),
    ],
)
def test_the_judge_of_http_sees_what_is_wrong_with_ends(judge: ModuleType, answers: list[Any], stored: Any, text: str) -> None:
    replies = [judge.Reply("+1", 200, "ann", session, outcome, 0.1, began) for session, outcome, began in answers]
    assert any(text in found for found in judge.judged(replies, stored))


def test_the_judge_of_http_lets_pass_an_end_and_what_follows_it(judge: ModuleType) -> None:
    given = [("s0", "created", 0.0), ("s0", "ended", 1.0), ("s0", "reused", 1.05), ("s1", "created", 2.0)]
    replies = [judge.Reply("+1", 200, "ann", session, outcome, 0.1, began) for session, outcome, began in given]
    assert list(judge.judged(replies, ENDED)) == []
    assert list(judge.judged(replies[:3], ENDED[:1])) == []


def test_the_judge_of_http_lets_pass_what_is_right(judge: ModuleType) -> None:
    answers = [judge.Reply("+1", 200, "ann", "s1", "created", 0.1), judge.Reply("+2", 200, "bob", "s2", "reused", 0.1)]
    assert list(judge.judged(answers, STORED)) == []
