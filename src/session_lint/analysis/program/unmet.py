"""Repeats that happen only for want of what a parameter should hold, where every known caller gives it.

A helper `again(user, chat)` that obtains twice when `chat` is missing does so for nobody when each of its callers has the chat: it is a
part of them. A parameter with a default may be left out by anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from session_lint.analysis.program.exclusion import contradicts
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.judging import judged
from session_lint.analysis.program.keys import small, unknown
from session_lint.analysis.program.substitution import HANDED, MISSING
from session_lint.analysis.program.symbols import SymbolTable
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Op, Param, Term, walk

_Wish: TypeAlias = tuple[str, int, int]  # a function, and the two events of its walk that make the pair


class Unmet:
    """What pairs depend on, by the function that is told it by its callers; and the pairs that some caller brings about."""

    def __init__(self, symbols: SymbolTable, is_captured: Callable[[Term], bool]) -> None:
        """`is_captured` tells of a name whether it is a variable of the function around."""
        self._symbols = symbols
        self._is_captured = is_captured
        self._open: dict[str, dict[_Wish, tuple[Condition, ...]]] = {}
        self._met: set[_Wish] = set()
        self._noted: set[str] = set()
        self._early: set[str] = set()  # called before they were looked into: a recursion

    def begin(self, full: str) -> None:
        """A function is walked, perhaps once more."""
        self._open[full] = {}

    def note(self, full: str, walked: Walk) -> None:
        """The pairs of a function that was walked."""
        self._noted.add(full)
        for pair in walked.repeats:
            both = (*walked.events[pair.first].conditions, *walked.events[pair.second].conditions)
            needed = tuple(self._told(full, both))
            if needed:
                self._open[full][full, pair.first, pair.second] = needed

    def waits(self, callee: str) -> bool:
        """Whether it has to be told of calls of a function."""
        return callee not in self._noted or bool(self._open.get(callee))

    def enter(self, full: str, callee: str, values: Mapping[str, Term], walker: Walking) -> None:
        """A function calls another one with these values."""
        if callee not in self._noted:
            self._early.add(callee)
        for wish, needed in list(self._open.get(callee, {}).items()):
            found = [judged(condition, values, walker) for condition in needed]
            left = [mine for _, mine, _ in found if mine is not None]
            if any(holds is False for holds, _, _ in found) or contradicts(walker.conditions, left):
                continue
            still = tuple(self._told(full, left))
            if still:
                self._open[full][wish] = still
            else:
                self._met.add(wish)

    def never(self, full: str, pair: Pair, is_known: Callable[[str], bool]) -> bool:
        """Whether no caller brings the pair about; `is_known` tells of a function whether all its callers are."""
        wish = (full, pair.first, pair.second)
        if wish in self._met or wish not in self._open.get(full, {}):
            return False
        return all(is_known(holder) and holder not in self._early for holder, wishes in self._open.items() if wish in wishes)

    def _told(self, full: str, conditions: Iterable[Condition]) -> Iterator[Condition]:
        """Those that only what a caller must give decides."""
        function = self._symbols.functions.get(full)
        if function is None or not conditions:
            return
        required = {one.name for one in function.index.parameters if one.default is None and one.kind not in {"args", "kwargs"}}
        stars = {one.name for one in function.index.parameters if one.kind in {"args", "kwargs"}}
        for condition in dict.fromkeys(conditions):
            parts = [part for part in walk(condition.term) if isinstance(part, Param) or self._is_captured(part)]
            given = required | stars if stars and any(map(_must_be_given, walk(condition.term))) else required
            told = all(not isinstance(part, Param) or part.name in given for part in parts)
            if parts and told and small(condition.term) and not unknown(condition.term):
                yield condition


def _must_be_given(part: Term) -> bool:
    """What a function hands on with `*args` and `**kwargs` to one that must be given it."""
    return isinstance(part, Op) and part.kind == HANDED and part.operands[-1] == MISSING
