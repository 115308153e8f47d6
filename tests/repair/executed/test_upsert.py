"""A row that was cleared and inserted: the upsert leaves the same rows, nobody ever finds none, and of two at once none fails."""

from __future__ import annotations

from typing import Any

import pytest

from repair.executed.harness import Case, Programs, Raised, alone, cases, played, seen

CASES = cases("upsert")
# SQLite refuses a transaction that writes what it has read when another one has written since: Django can begin with a lock
# (`transaction_mode`), Tortoise cannot, and is run at once on PostgreSQL
AT_ONCE = [case for case in CASES if case.client != "tortoise" and (case.client != "tortoise_postgres" or case.function == "replaced")]
NAME = "tea"
CALLS = [(NAME, "green"), (NAME, "black"), ("water", ""), (NAME, "black"), ("", "green"), ("water", "still")]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_alone_it_does_what_it_did(case: Case, programs: Programs) -> None:
    before, after = (alone(programs(case, version), case.function, CALLS) for version in ("before", "after"))
    assert before == after
    assert before[-1]["tag"] == [("", "green"), (NAME, "black"), ("water", "still")]


def holes(case: Case, programs: Programs, version: str) -> int:
    """How often somebody else finds no row, though there is one before and behind."""
    program = programs(case, version)
    alone(program, case.function, [(NAME, "green")])
    return sum(not rows["tag"] for rows in seen(program, case.function, (NAME, "black")))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_reader_found_nothing_and_always_finds_a_row(case: Case, programs: Programs) -> None:
    assert holes(case, programs, "before") > 0, "the defect must show"
    assert holes(case, programs, "after") == 0


def failures(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The orders in which a run fails, or that do not leave the row of one of them."""
    left = ([(NAME, "one")], [(NAME, "two")])
    return [one for one in found if any(isinstance(part, Raised) for part in one[1:3]) or one[3]["tag"] not in left]


@pytest.mark.parametrize("there", [False, True], ids=["no row", "a row"])
@pytest.mark.parametrize("case", AT_ONCE, ids=str)
def test_of_two_at_once_one_failed_and_none_does(case: Case, there: bool, programs: Programs) -> None:
    def of(version: str) -> list[tuple[Any, ...]]:
        program = programs(case, version)
        first = (lambda: program.call(case.function, NAME, "old")) if there else (lambda: None)
        return list(played(program, case.function, [(NAME, "one"), (NAME, "two")], first))

    before, after = of("before"), of("after")
    if case.client != "redis":  # a key has one value, whoever writes: there the reader is who suffers
        assert failures(before), "the defect must show"
        assert len(failures(before)) < len(before), "and not always"
    assert failures(after) == []
