"""A set that was cleared and inserted: in one transaction nobody finds a part of it, and a failure leaves the old one."""

from __future__ import annotations

import pytest

from repair.executed.clients import Client
from repair.executed.harness import Case, Programs, alone, cases, cut_short, seen

CASES = cases("transaction")
NAME = "tea"
OLD, NEW = ["black", "green", "white"], ["mint", "red"]
CALLS = [(NAME, OLD), (NAME, NEW), ("water", ["still"]), (NAME, NEW), ("water", []), (NAME, [str(number) for number in range(40)])]
WHOLE = tuple([(NAME, note) for note in notes] for notes in (OLD, NEW))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_alone_it_does_what_it_did(case: Case, programs: Programs) -> None:
    before, after = (alone(programs(case, version), case.function, CALLS) for version in ("before", "after"))
    assert before == after
    assert len(before[-1]["tag"]) == 40


def with_the_old(program: Client, function: str) -> None:
    alone(program, function, [(NAME, OLD)])


def parts_seen(case: Case, programs: Programs, version: str) -> list[object]:
    """What somebody else finds that is neither the old set nor the new one."""
    program = programs(case, version)
    with_the_old(program, case.function)
    return [rows["tag"] for rows in seen(program, case.function, (NAME, NEW)) if rows["tag"] not in WHOLE]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_reader_found_a_part_and_always_finds_the_whole(case: Case, programs: Programs) -> None:
    assert parts_seen(case, programs, "before"), "the defect must show"
    assert parts_seen(case, programs, "after") == []


def parts_left(case: Case, programs: Programs, version: str) -> list[object]:
    """What a failure leaves that is neither the old set nor the new one."""
    program = programs(case, version)
    left = cut_short(program, case.function, (NAME, NEW), lambda: with_the_old(program, case.function))
    return [rows["tag"] for rows in left if rows["tag"] not in WHOLE]


# whoever is cut short in a call leaves the connection as it is
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_failure_left_a_part_and_leaves_the_whole(case: Case, programs: Programs) -> None:
    assert parts_left(case, programs, "before"), "the defect must show"
    assert parts_left(case, programs, "after") == []
