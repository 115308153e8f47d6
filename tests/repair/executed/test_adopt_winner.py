"""A row that is looked up and inserted: alone the repaired program does what it did, and of two runs at once none fails any more."""

from __future__ import annotations

from typing import Any

import pytest

from repair.executed.clients import Client
from repair.executed.harness import Case, Programs, Raised, alone, cases, clients, played

CASES = cases("adopt_winner")
NAME = "tea"


def failures(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The orders in which a run fails on the constraint, or otherwise than by the refusal that the program has."""
    return [one for one in found if any(isinstance(part, Raised) and part.error != "ValueError" for part in one[1:3])]


def by_itself(program: Client, function: str) -> list[Any]:
    return [*alone(program, function, [(NAME,)] * 3), program.call(function, "water") is None, program.rows()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_alone_it_does_what_it_did(case: Case, programs: Programs) -> None:
    assert by_itself(programs(case, "before"), case.function) == by_itself(programs(case, "after"), case.function)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_of_two_at_once_one_failed_and_none_does(case: Case, programs: Programs) -> None:
    before = list(played(programs(case, "before"), case.function, [(NAME,)] * 2))
    after = list(played(programs(case, "after"), case.function, [(NAME,)] * 2))
    assert failures(before), "the defect must show"
    assert len(failures(before)) < len(before), "and not always"
    assert failures(after) == []
    either = alone(programs(case, "after"), case.function, [(NAME,)] * 2)
    for _, first, second, rows in after:
        assert rows["tag"] in ([(NAME, "new")], [(NAME, "again")], [(NAME, NAME)], [(NAME, f"new {NAME}")])
        assert sorted(map(str, (first, second))) == sorted(map(str, (either[0], either[2]))), "as if one had come after the other"
        assert rows == either[3]


UNDECLARED = cases("adopt_winner/undeclared")  # the constraint is a part of the repair


@pytest.mark.parametrize("case", UNDECLARED, ids=str)
def test_with_the_constraint_it_does_alone_what_it_did(case: Case, programs: Programs) -> None:
    assert by_itself(programs(case, "before"), case.function) == by_itself(programs(case, "after"), case.function)


@pytest.mark.parametrize("case", UNDECLARED, ids=str)
def test_of_two_at_once_both_made_a_row_and_one_does(case: Case, programs: Programs) -> None:
    before, after = (list(played(programs(case, version), case.function, [(NAME,)] * 2)) for version in ("before", "after"))
    many = [len(one[3]["tag"]) for one in before]
    assert set(many) == {1, 2}, "the defect must show, and not always"
    assert failures(after) == []
    assert {tuple(one[3]["tag"]) for one in after} == {((NAME, "new"),)}
    assert {tuple(one[3]["log"]) for one in after} == {tuple(before[many.index(1)][3]["log"])}, "what is done for a new row is done once"


def test_what_is_declared_is_run_with_three_clients() -> None:
    assert clients("adopt_winner/undeclared") == ["django_orm", "peewee", "sqlalchemy"]
