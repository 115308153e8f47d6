"""Programs before and after a repair, on a real store: run alone, watched between their calls, cut short at each, and two at once.

A program is `programs/<codemod>/<client>.py`, or in a folder of it (`adopt_winner/undeclared`). Each of its functions has the defect that
the codemod repairs, but for the helpers, whose names begin with an underscore.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from repair.executed import stores
from repair.executed.clients import CLIENTS, Client
from repair.executed.turns import Run, Turns, orders
from session_lint import api

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Case:
    """A function of a program."""

    codemod: str
    client: str
    function: str

    def __str__(self) -> str:
        return f"{self.client}: {self.function}"


def cases(codemod: str) -> list[Case]:
    """The functions with the defect, client by client."""
    return [Case(codemod, client, name) for client in clients(codemod) for name in functions(codemod, client)]


def clients(codemod: str) -> list[str]:
    """The clients that a codemod has a program for."""
    written = {file.stem for file in (PROGRAMS / codemod).glob("*.py")}
    return sorted(name for name, client in CLIENTS.items() if (client.program or name) in written)


def functions(codemod: str, client: str) -> tuple[str, ...]:
    """The functions of a program that have the defect."""
    tree = ast.parse(written(codemod, client))
    named = (node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return tuple(name for name in named if not name.startswith("_"))


def written(codemod: str, client: str) -> str:
    """The program as it is written."""
    return (PROGRAMS / codemod / f"{CLIENTS[client].program or client}.py").read_text(encoding="utf-8")


@cache
def repaired(codemod: str, client: str) -> str:
    """The program after its repair: one for each function, and nothing is left."""
    only = codemod.partition("/")[0].replace("_", "-")
    outcome = api.fix_source({"app.py": written(codemod, client)}, unsafe=True, only=only)
    code = outcome.repaired[0].code if outcome.repaired else ""
    assert [(f.message, f.fix) for f in outcome.left.findings if f.code == code or not code] == []
    assert len(outcome.repaired) >= len(functions(codemod, client)), [f.message for f in outcome.repaired]
    return dict(outcome.texts)["app.py"]


class Programs:
    """Both versions of each program, each loaded once, in a directory of its own."""

    def __init__(self, directory: Callable[[str], Path], server: Callable[[], str]) -> None:
        self._directory = directory
        self._server = server
        self._known: dict[tuple[str, str, str], Client] = {}

    def __call__(self, case: Case, version: str) -> Client:
        """The version "before" or "after" the repair."""
        key = (case.codemod, case.client, version)
        if key not in self._known:
            text = repaired(case.codemod, case.client) if version == "after" else written(case.codemod, case.client)
            self._known[key] = CLIENTS[case.client](text, self._directory(version), self._server)
        return self._known[key]

    def close(self) -> None:
        """What they hold open."""
        for program in self._known.values():
            program.close()


@dataclass(frozen=True, slots=True)
class Raised:
    """What came of a call that did not return."""

    error: str
    text: str


def outcome(run: Run) -> Any:
    """What came of a run."""
    return run.result if run.error is None else Raised(type(run.error).__name__, str(run.error))


def alone(program: Client, function: str, calls: Sequence[Sequence[Any]]) -> list[Any]:
    """What calls of it give and leave, one after another, on a store that is empty at first."""
    program.empty()
    found: list[Any] = []
    for given in calls:
        try:
            found.append(program.call(function, *given))
        except Exception as error:  # noqa: BLE001 - the outcome is what is asked for
            found.append(Raised(type(error).__name__, str(error)))
        found.append(program.rows())
    return found


def played(
    program: Client, function: str, both: Sequence[Sequence[Any]], before: Callable[[], Any] = lambda: None
) -> Iterator[tuple[Any, ...]]:
    """What two runs at once give and leave, in every order; `before` makes the rows that are there."""
    runs: list[Run] = []

    def play(turns: Turns) -> None:
        program.empty()
        before()
        turns.in_a_lock = program.in_a_lock
        stores.turns = turns
        try:
            runs[:] = turns.play([lambda given=given: program.call(function, *given) for given in both])
        finally:
            stores.turns = Turns([])

    for turns in orders(play):
        yield (tuple(turns.taken), *(outcome(run) for run in runs), program.rows())


class Cut(Exception):  # noqa: N818 - what the test does to the program
    """The program got no further."""


class Between(Turns):
    """Does something before each call of the database of a single run."""

    def __init__(self, work: Callable[[int], None]) -> None:
        super().__init__([])
        self.work = work
        self.calls = 0
        self.cut = False

    def number(self) -> int | None:
        return 0

    def wait(self, number: int) -> None:
        self.calls += 1
        try:
            self.work(self.calls)
        except Cut:
            self.cut = True
            raise

    def call(self, work: Callable[[], Any], is_locked: Callable[[Exception], bool]) -> Any:
        self.wait(0)
        return work()

    def give_away(self, number: int) -> None:
        raise AssertionError("nobody else has a lock")


def between(program: Client, function: str, given: Sequence[Any], work: Callable[[int], None]) -> int:
    """Runs the function, with `work` before each of its calls of the database. The number of these."""
    turns = Between(work)
    stores.turns = turns
    try:
        program.call(function, *given)
    except Exception:  # the client's own, where it does not expect to be cut short
        if not turns.cut:
            raise
    finally:
        stores.turns = Turns([])
    return turns.calls


def seen(program: Client, function: str, given: Sequence[Any]) -> list[dict[str, list[tuple[Any, ...]]]]:
    """What somebody else can read before each call of the database, and at the end."""
    found = [program.rows()]
    between(program, function, given, lambda _: found.append(program.rows()))
    return [*found, program.rows()]


def cut_short(
    program: Client, function: str, given: Sequence[Any], before: Callable[[], Any]
) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """What is left when the program gets no further than its first call of the database, its second, and so on."""

    def stop(at: int, call: int) -> None:
        if call == at:
            raise Cut

    program.empty()
    before()
    calls = between(program, function, given, lambda _: None)
    gc.collect()
    gc.freeze()  # what is there by now: the collections below look at what a run has left
    for at in range(1, calls + 1):
        program.empty()
        before()
        between(program, function, given, partial(stop, at))
        gc.collect()  # connections that were left open complain when they are found: here, and not in another test
        yield program.rows()
