"""Who tells what a function clears and inserts that does not say so itself: the callers that hand it the table and the rows, or make the
object that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from session_lint.analysis.index.kinds import ANY, CLEAR, INSERT
from session_lint.analysis.index.levels import NEVER, Levels

_UP = 2  # calls


def asks(levels: Levels, number: int) -> bool:
    """Whether a function clears and inserts by itself, the one of them at most a call below, and names do not tell what."""
    return sorted(levels.of[bit].get(number, {}).get(ANY, NEVER) for bit in (CLEAR, INSERT)) <= [0, 1]


def telling(asking: Iterable[int], callers: Callable[[int], Sequence[int]]) -> list[int]:
    """The callers of functions, and theirs."""
    found: dict[int, None] = {}
    front = list(asking)
    for _ in range(_UP):
        front = [caller for number in front for caller in callers(number) if caller not in found]
        found.update(dict.fromkeys(front))
    return list(found)
