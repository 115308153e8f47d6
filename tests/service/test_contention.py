"""R1: callers in processes of their own, let go together: every one gets the same live session, and none an error.

The rounds are run by a program (contention.py), because it forks; `benchmarks/contention.py` runs more of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.contention import Answer, Result, Round, wrong

ROOT = Path(__file__).parents[2]
# 2,010 rounds on both databases together; few of 32 callers, because they keep this machine busiest
ROUNDS = "2=500,3=320,8=140,32=45"
FAULTS = "2=60,3=60,8=30,32=6"


def contended(url: str, rounds: str, *faults: str) -> Result:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    command = [sys.executable, "-m", "service.contention", url, "--rounds", rounds, *faults]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-4000:]
    return Result(**json.loads(done.stdout))


def assert_right(result: Result, rounds: str) -> None:
    asked = [(int(callers), int(many)) for callers, _, many in (part.partition("=") for part in rounds.split(","))]
    assert result.wrong == []
    assert (result.wrong_rounds, result.errors, result.duplicates) == (0, 0, 0)
    assert result.rounds == sum(many for _, many in asked)
    assert result.calls == sum(callers * many for callers, many in asked)
    assert set(result.outcomes) == {"adopted", "created", "ended", "reused", "rotated"}  # the races were races


def test_r1_r2_all_callers_get_the_same_live_session(database_url: str) -> None:
    result = contended(database_url, ROUNDS)
    assert_right(result, ROUNDS)
    third = result.rounds // 3
    assert third <= result.outcomes["rotated"] <= third + 4  # an expired session is replaced once, whoever asks
    assert result.outcomes["created"] >= third  # and for who is new there is one; one more where somebody asked after the end


def test_r1_also_while_processes_are_killed_in_the_middle_of_it(database_url: str) -> None:
    result = contended(database_url, FAULTS, "--kill")
    assert_right(result, FAULTS)
    assert result.killed > 3


def test_r1_also_while_backends_are_terminated_and_processes_killed(postgres_database: str) -> None:
    result = contended(postgres_database, FAULTS, "--kill", "--terminate")
    assert_right(result, FAULTS)
    assert result.killed > 3
    assert result.terminated > 20


@pytest.mark.parametrize(
    ("one", "answers", "active"),
    [
        (Round(2, "new", "u"), [("a", "a"), ("b", "a")], "a"),  # an id that is not the one that is active
        (Round(2, "new", "u"), [("a", "a"), ("a", "b")], "a"),  # two ids one after the other
        (Round(2, "new", "u"), [("a", "a")], "a"),  # no answer
        (Round(2, "expired", "u", "a"), [("a", "b"), ("b", "b")], "b"),  # the expired one was handed out
        (Round(2, "expired", "u", "a"), [("a", "a"), ("a", "a")], "a"),  # and stayed
        (Round(2, "ending", "u", "a"), [("a", "b"), ("c", "b")], "b"),  # neither the one of before nor the one of after
        (Round(2, "new", "u"), [("error", "a"), ("a", "a")], "a"),
    ],
)
def test_the_judge_sees_what_is_wrong(one: Round, answers: list[tuple[str, str]], active: str) -> None:
    given = [Answer(0, first, "reused", second, 0.0) for first, second in answers]
    assert list(wrong(one, given, active))


@pytest.mark.parametrize("one", [Round(2, "new", "u"), Round(2, "expired", "u", "a"), Round(2, "ending", "u", "a")])
def test_the_judge_lets_pass_what_is_right(one: Round) -> None:
    first = "a" if one.kind == "ending" else "b"
    assert not list(wrong(one, [Answer(0, first, "", "b", 0.0), Answer(0, "b", "", "b", 0.0)], "b"))
