"""`session-lint check --explain FILE:LINE`: what it answers, in which form, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functional.project import TWICE, lint, write
from session_lint import api
from session_lint.facts.explanation import Explanation


def _project(root: Path) -> Path:
    project = write(root, handler=TWICE)
    (project / "notes.txt").write_text("one\n", encoding="utf-8")
    (project / "old").mkdir()
    (project / "old" / "handler.py").write_text(TWICE, encoding="utf-8")
    (project / "tests").mkdir()
    (project / "tests" / "test_handler.py").write_text(TWICE, encoding="utf-8")
    return project


def test_a_finding_is_told_with_its_proof(tmp_path: Path) -> None:
    done = lint(_project(tmp_path), "check", "--explain", "handler.py:7")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "handler.py:7 in `handler.handle`\n"
        "\n"
        "handler.py:7  get_or_create_session(user_id)\n"
        "  reported: ONE101 repeated-getter (certain)\n"
        "    - gets or creates the record for user_id  handler.py:5\n"
        "    - gets or creates the record for user_id again  handler.py:7\n"
        "    - both happen in one run of `handler.handle`\n"
        "    - it is the same record: the keys have the same value, and nothing ends the record in between\n"
    )


def test_the_place_may_be_written_as_the_formats_print_it(tmp_path: Path) -> None:
    project = _project(tmp_path)
    plain = lint(project, "check", "--explain", "handler.py:7")
    assert lint(project, "check", "--explain", "handler.py:7:13").stdout == plain.stdout
    inside = lint(project / "old", "check", "--explain", "../handler.py:7")
    assert inside.returncode == 0
    assert "reported: ONE101" in inside.stdout
    full = lint(Path.cwd(), "check", "--explain", f"{project / 'handler.py'}:7")
    assert full.returncode == 0
    assert "reported: ONE101" in full.stdout


def test_json_says_the_same(tmp_path: Path) -> None:
    done = lint(_project(tmp_path), "check", "--explain", "handler.py:5", "--output-format", "json")
    told = json.loads(done.stdout)
    assert (told["filename"], told["row"], told["function"]) == (str(tmp_path / "handler.py"), 5, "handler.handle")
    (call,) = told["calls"]
    assert call["outcome"] == "part of a finding: ONE101 repeated-getter"
    assert not call["reported"]
    assert call["location"] == {"row": 5, "column": 15}
    assert call["steps"][0]["location"]["row"] == 7


def test_the_answer_goes_to_a_file(tmp_path: Path) -> None:
    project = _project(tmp_path)
    done = lint(project, "check", "--explain", "handler.py:7", "--output-file", "why.txt")
    assert (done.returncode, done.stdout) == (0, "")
    assert "reported: ONE101" in (project / "why.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", ["handler.py", "handler.py:", ":3", "handler.py:0", "handler.py:x", "handler.py:-1", ""])
def test_what_is_no_place_is_refused(tmp_path: Path, place: str) -> None:
    done = lint(_project(tmp_path), "check", "--explain", place)
    assert (done.returncode, done.stdout) == (2, "")
    assert "write a file and a line, as in app/orders.py:12" in done.stderr


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("absent.py:3", "no such file"),
        ("old:3", "is a directory"),
        ("handler.py:99", "has 8 lines, there is no line 99"),
        ("../outside.py:1", "lies outside the project root"),
    ],
)
def test_a_place_that_is_not_there_is_refused(tmp_path: Path, place: str, reason: str) -> None:
    (tmp_path / "outside.py").write_text("x = 1\n", encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    project = _project(inner)
    done = lint(project, "check", ".", "--explain", place)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("other", [["--watch"], ["--add-noqa"], ["--statistics"], ["--show-unresolved"], ["--show-files"], ["-"]])
def test_it_stands_alone(tmp_path: Path, other: list[str]) -> None:
    done = lint(_project(tmp_path), "check", "--explain", "handler.py:7", *other)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--explain stands alone" in done.stderr


def _steps(project: Path, place: str, *options: str) -> str:
    done = lint(project, "check", "--explain", place, *options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_line_without_code(tmp_path: Path) -> None:
    project = _project(tmp_path)
    assert "there is no code on this line" in _steps(project, "handler.py:2")
    assert "there is no call on this line" in _steps(project, "handler.py:1")


def test_a_file_that_is_not_checked(tmp_path: Path) -> None:
    project = _project(tmp_path)
    assert "excluded, by the pattern `old`" in _steps(project, "old/handler.py:7", "--extend-exclude", "old")
    assert "its name does not end in .py" in _steps(project, "notes.txt:1")
    (project / ".git").mkdir()
    (project / ".gitignore").write_text("old/\n", encoding="utf-8")
    assert "git ignores it" in _steps(project, "old/handler.py:7")


def test_test_code_is_told_as_such_unless_it_is_asked_for(tmp_path: Path) -> None:
    project = _project(tmp_path)
    assert "test path: not reported by default" in _steps(project, "tests/test_handler.py:7")
    assert "reported: ONE101" in _steps(project, "tests/test_handler.py:7", "tests")


def test_a_path_that_leaves_the_finding_out(tmp_path: Path) -> None:
    told = _steps(_project(tmp_path), "handler.py:7", "service.py")
    assert "the file is in none of the paths given" in told
    assert "not reported: no place of ONE101 repeated-getter is in the paths given" in told


def test_the_baseline(tmp_path: Path) -> None:
    project = _project(tmp_path)
    assert lint(project, "baseline", "write").returncode == 0
    assert "not reported: ONE101 repeated-getter is in the baseline" in _steps(project, "handler.py:7", "--baseline", api.BASELINE_FILE)
    assert "reported: ONE101" in _steps(project, "handler.py:7", "--no-baseline")


def test_a_file_that_does_not_parse_is_a_failure(tmp_path: Path) -> None:
    project = write(tmp_path, handler="def handle(:\n    get_or_create_session()\n")
    done = lint(project, "check", "--explain", "handler.py:2")
    assert done.returncode == 2
    assert "the file could not be analysed: line 1" in done.stdout
    assert "handler.py:1" in done.stderr


def test_it_is_the_same_with_a_filled_cache(tmp_path: Path) -> None:
    project = _project(tmp_path)
    cold = _steps(project, "handler.py:7", "--no-cache")
    assert lint(project, "check").returncode == 1
    assert _steps(project, "handler.py:7") == cold


def test_verbose_adds_the_reasons_to_a_finding(tmp_path: Path) -> None:
    project = _project(tmp_path)
    plain, verbose = (lint(project, "check", *options, "handler.py").stdout.splitlines() for options in ([], ["--verbose"]))
    assert [line for line in verbose if line not in plain] == [
        "because:",
        "  both happen in one run of `handler.handle`",
        "  it is the same record: the keys have the same value, and nothing ends the record in between",
    ]


def test_every_line_has_an_answer(tmp_path: Path) -> None:
    project = _project(tmp_path)
    settings = api.load_settings([project])
    for name in ("service.py", "handler.py"):
        count = len((project / name).read_text(encoding="utf-8").splitlines())
        for row in range(1, count + 1):
            told = api.explain(str(project / name), row, [], settings=settings, options=api.RunOptions(use_cache=False))
            assert isinstance(told, Explanation)
            assert told.steps or told.answers, f"{name}:{row}"
            assert all(answer.steps for answer in told.answers), f"{name}:{row}"
