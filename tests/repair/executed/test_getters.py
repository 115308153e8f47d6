"""A record that was obtained again and is handed on: the same rows and results, with fewer calls of the database, and none fails more."""

from __future__ import annotations

import pytest

from repair.executed.harness import Case, Programs, Raised, alone, between, cases, clients, played

CODEMODS = ("reuse_variable", "pass_argument", "thread_parameter", "hoist")
CASES = [case for codemod in CODEMODS for case in cases(codemod)]
NAME = "tea"


def _ids(case: Case) -> str:
    return f"{case.codemod}, {case}"


def _given(case: Case) -> list[tuple[object, object]]:
    """What it is called with: a record that is missing, and one that is there."""
    if case.codemod == "hoist":
        return [(NAME, ["green", "black"]), (NAME, ["white"]), ("water", ["still"] * 30)]
    return [(NAME, "green"), (NAME, ""), (NAME, "green"), ("water", "still")]


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_alone_it_does_what_it_did(case: Case, programs: Programs) -> None:
    before, after = (alone(programs(case, version), case.function, _given(case)) for version in ("before", "after"))
    assert before == after
    assert not [one for one in before if isinstance(one, Raised)]


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_it_asks_the_database_less_often(case: Case, programs: Programs) -> None:
    def calls(version: str) -> int:
        program = programs(case, version)
        program.empty()
        return between(program, case.function, _given(case)[0], lambda _: None)

    assert calls("after") < calls("before")


@pytest.mark.parametrize("case", [case for case in CASES if case.codemod == "hoist"], ids=_ids)
def test_a_loop_without_turns_obtains_once(case: Case, programs: Programs) -> None:
    """What the message of the repair says is different; one that obtains in the first turn that needs it obtains nothing, as before."""
    before, after = (alone(programs(case, version), case.function, [(NAME, [])]) for version in ("before", "after"))
    assert before[0] == after[0]
    assert before[1]["tag"] == []
    assert [name for name, _ in after[1]["tag"]] == ([] if case.function == "when_needed" else [NAME])


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_of_two_at_once_none_fails(case: Case, programs: Programs) -> None:
    given = _given(case)[1]
    after = list(played(programs(case, "after"), case.function, [given, given]))
    assert len(after) > 1
    assert not [one for one in after if any(isinstance(part, Raised) for part in one[1:3])]
    assert {tuple(name for name, _ in one[3]["tag"]) for one in after} == {(NAME,)}


def test_each_is_run_with_two_clients() -> None:
    assert {codemod: clients(codemod) for codemod in CODEMODS} == {codemod: ["django_orm", "sql"] for codemod in CODEMODS}
