"""Two runs of one piece of code, interleaved at each call of the database, in one order after another.

Each run is a thread that stops before each call until it is its turn. Only one of them ever runs, so an order gives the same outcome
each time. A call that waits for a lock of the other run gives its turn away and is tried again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_SWITCHES = 2
_LOOK = 0.01  # seconds after which a server is asked whether a run waits for a lock
_MOST = 400  # turns of one order: more than that is two runs that wait for each other


class Stuck(Exception):  # noqa: N818 - the outcome of an order, not a mistake of the test
    """Two runs wait for each other."""


@dataclass
class Run:
    """One of the two. `result` or `error` is what came of it."""

    work: Callable[[], Any]
    state: str = "new"  # waits, runs, done
    blocked: bool = False
    result: Any = None
    error: BaseException | None = None


@dataclass
class Turns:
    """Lets runs take turns, in an order that is given turn by turn; where that ends, whoever had the last one goes on."""

    order: Sequence[int]
    taken: list[int] = field(default_factory=list)
    choices: list[tuple[int, ...]] = field(default_factory=list)  # who could have gone on, turn by turn
    in_a_lock: Callable[[int], bool] | None = None  # asks a server whether a run waits there for a lock

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._runs: dict[int, Run] = {}
        self._numbers: dict[int, int] = {}  # by thread
        self._turn: int | None = None

    def play(self, works: Sequence[Callable[[], Any]]) -> list[Run]:
        """All runs to their end. Raises Stuck."""
        self._runs = {number: Run(work) for number, work in enumerate(works)}
        threads = [threading.Thread(target=self._thread, args=(number,), daemon=True) for number in self._runs]
        for thread in threads:
            thread.start()
        with self._changed:
            while self._all_still() and any(run.state != "done" for run in self._runs.values()):
                self._next()
        for thread in threads:
            thread.join()
        return list(self._runs.values())

    def number(self) -> int | None:
        """Which run the thread that asks is; None for another thread."""
        return self._numbers.get(threading.get_ident())

    def call(self, work: Callable[[], Any], is_locked: Callable[[Exception], bool]) -> Any:
        """A call of the database, when it is the run's turn."""
        number = self.number()
        if number is None:
            return work()
        while True:
            self.wait(number)
            try:
                found = work()
            except Exception as error:
                if not is_locked(error):
                    raise
                self.give_away(number)
                continue
            return found

    def give_away(self, number: int) -> None:
        """The run has to wait for the other one: the next turn is not its own, if the other can go on."""
        self._runs[number].blocked = True

    def _still(self) -> bool:
        return all(run.state in ("waits", "done") for run in self._runs.values())

    def _all_still(self) -> bool:
        """When each run waits for its turn, is done, or is in a lock while another one waits for its turn."""
        while not self._changed.wait_for(self._still, timeout=None if self.in_a_lock is None else _LOOK):
            assert self.in_a_lock is not None
            moving = [number for number, run in self._runs.items() if run.state in ("new", "runs") and not self.in_a_lock(number)]
            if not moving and any(run.state == "waits" for run in self._runs.values()):
                break
        return True

    def _next(self) -> None:
        waiting = [number for number, run in self._runs.items() if run.state == "waits"]
        able = tuple(number for number in waiting if not self._runs[number].blocked) or tuple(waiting)
        if len(self.taken) > _MOST:
            self._runs = {number: run for number, run in self._runs.items() if run.state == "done"}
            raise Stuck
        last = self.taken[-1] if self.taken and self.taken[-1] in able else able[0]  # who had the turn goes on, unless told otherwise
        wanted = self.order[len(self.taken)] if len(self.taken) < len(self.order) else last
        chosen = wanted if wanted in able else able[0]
        self.taken.append(chosen)
        self.choices.append(able)
        for run in self._runs.values():
            run.blocked = False  # whoever has a lock may give it up in this turn
        self._runs[chosen].state = "runs"
        self._turn = chosen
        self._changed.notify_all()

    def wait(self, number: int) -> None:
        """Until it is the run's turn."""
        with self._changed:
            self._runs[number].state = "waits"
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._turn == number)
            self._turn = None

    def _thread(self, number: int) -> None:
        self._numbers[threading.get_ident()] = number
        run = self._runs[number]
        try:
            self.wait(number)
            run.result = run.work()
        except BaseException as error:  # noqa: BLE001 - the outcome is what is asked for
            run.error = error.with_traceback(None)  # its frames would keep cursors open, and these their locks
        with self._changed:
            run.state = "done"
            self._changed.notify_all()


def orders(play: Callable[[Turns], None]) -> Iterator[Turns]:
    """Every order in which two runs can take turns with at most `_SWITCHES` turns taken away from a run that could go on: `play` is
    called for each, with turns that it must play. A race of two calls needs one such switch, and one back."""
    waiting: list[list[int]] = [[]]
    while waiting:
        turns = Turns(waiting.pop())
        play(turns)
        yield turns
        for place in range(len(turns.order), len(turns.taken)):
            for other in turns.choices[place]:
                order = [*turns.taken[:place], other]
                if other != turns.taken[place] and _switches(order, turns.choices) <= _SWITCHES:
                    waiting.append(order)


def _switches(order: Sequence[int], choices: Sequence[tuple[int, ...]]) -> int:
    return sum(one != before and before in able for before, one, able in zip(order, order[1:], choices[1:], strict=False))
