"""Programs that are run before and after their repair: alone they do the same, and of two runs at once none fails any more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from repair.executed import stores
from repair.executed.clients import CLIENTS, Client
from repair.executed.turns import Run, Turns, orders
from session_lint import api

PROGRAMS = Path(__file__).parent / "programs"
NAME = "tea"


@cache
def repaired(client: str) -> str:
    """The program of a client after its repair."""
    outcome = api.fix_source({"app.py": (PROGRAMS / f"{client}.py").read_text(encoding="utf-8")}, unsafe=True, only="adopt-winner")
    assert [finding.message for finding in outcome.left.findings if finding.code == "ONE203"] == []
    assert len(outcome.repaired) == len(functions(client))
    return dict(outcome.texts)["app.py"]


@cache
def functions(client: str) -> tuple[str, ...]:
    """The functions of a program."""
    tree = ast.parse((PROGRAMS / f"{client}.py").read_text(encoding="utf-8"))
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


CASES = [(client, function) for client in CLIENTS for function in functions(client)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A program of a client, "before" or "after" its repair."""
    known: dict[tuple[str, str], Client] = {}

    def program(client: str, version: str) -> Client:
        if (client, version) not in known:
            text = repaired(client) if version == "after" else (PROGRAMS / f"{client}.py").read_text(encoding="utf-8")
            known[client, version] = CLIENTS[client](text, tmp_path_factory.mktemp(version))
        return known[client, version]

    return program


def outcome(run: Run) -> Any:
    return run.result if run.error is None else f"{type(run.error).__name__}: {run.error}"


def alone(program: Client, function: str, times: int) -> list[Any]:
    """What calls of it give and leave, one after another."""
    program.empty()
    found: list[Any] = []
    for _ in range(times):
        try:
            found.append(program.call(function, NAME))
        except Exception as error:  # noqa: BLE001 - the outcome is what is asked for
            found.append(f"{type(error).__name__}: {error}")
        found.append(program.rows())
    found.append(program.call(function, "water") is None)
    return [*found, program.rows()]


@pytest.mark.parametrize(("client", "function"), CASES)
def test_alone_it_does_what_it_did(client: str, function: str, programs: Any) -> None:
    assert alone(programs(client, "before"), function, 3) == alone(programs(client, "after"), function, 3)


def played(program: Client, function: str) -> Iterator[tuple[Any, ...]]:
    """What two runs at once give and leave, in every order."""
    runs: list[Run] = []

    def play(turns: Turns) -> None:
        program.empty()
        stores.turns = turns
        runs[:] = turns.play([lambda: program.call(function, NAME)] * 2)
        stores.turns = Turns([])

    for turns in orders(play):
        yield (tuple(turns.taken), *(outcome(run) for run in runs), program.rows())


def failures(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The orders in which a run fails on the constraint, or otherwise than by the refusal that the program has."""
    return [one for one in found if any(isinstance(part, str) and "Error: " in part and "ValueError" not in part for part in one[1:3])]


@pytest.mark.parametrize(("client", "function"), CASES)
def test_of_two_at_once_one_failed_and_none_does(client: str, function: str, programs: Any) -> None:
    before = list(played(programs(client, "before"), function))
    after = list(played(programs(client, "after"), function))
    assert failures(before), "the defect must show"
    assert len(failures(before)) < len(before), "and not always"
    assert failures(after) == []
    program = programs(client, "after")
    either = alone(program, function, 2)
    for _, first, second, rows in after:
        assert rows["tag"] in ([(NAME, "new")], [(NAME, "again")], [(NAME, NAME)], [(NAME, f"new {NAME}")])
        assert sorted(map(str, (first, second))) == sorted(map(str, (either[0], either[2]))), "as if one had come after the other"
        assert rows == either[3]
