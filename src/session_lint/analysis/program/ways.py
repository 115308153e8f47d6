"""On which ways through a function its stores have happened: on all of them, or on those after which its answer is truthy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Invoke, strip

Branch = tuple[int, ...]  # the arms, loops and early returns that lead to a place, by number


@dataclass(frozen=True, slots=True)
class Answer:
    """One end of a function: whether what it returns there is truthy, None where that cannot be told, and the stores before it."""

    truthy: bool | None
    branch: Branch
    stores: int


@dataclass(slots=True)
class Ways:
    """The branch of each store of a walk, in order, and of each end of the function."""

    _on: list[Branch] = field(default_factory=list)
    _owed: dict[int, tuple[int, bool]] = field(default_factory=dict)  # a store that a call has made if its answer is truthy (or is not)
    _answers: list[Answer] = field(default_factory=list)

    def store(self, branch: Branch) -> None:
        """A store on this branch."""
        self._on.append(branch)

    def owe(self, site: int, *, truthy: bool) -> None:
        """The last store is that of a callee, and has happened for sure where the answer of that call is as said."""
        self._owed[len(self._on) - 1] = site, truthy

    def answer(self, branch: Branch, *, truthy: bool | None) -> None:
        """The function ends here, without an exception."""
        self._answers.append(Answer(truthy, branch, len(self._on)))

    def suppose(self, conditions: Iterable[Condition], branch: Branch) -> None:
        """These conditions hold on a branch: what a call has stored if it gave that answer has happened there."""
        if not self._owed:
            return
        answered = {(call.site, one.holds) for one in conditions if isinstance(call := strip(one.term), Invoke)}
        for index, owed in self._owed.items():
            if owed in answered and not self.is_sure(index, branch):
                self._on[index] = branch

    def is_sure(self, index: int, branch: Branch) -> bool:
        """Whether a store has happened on every way to a branch."""
        on = self._on[index]
        return branch[: len(on)] == on

    def always(self, index: int) -> bool:
        """Whether a store has happened whenever the function has ended."""
        return all(self._before(index, one) for one in self._answers)

    def told_by(self, index: int) -> bool | None:
        """The answer after which a store has happened: True for a truthy one, False for another, None for neither."""
        for truthy in (True, False):
            ends = [one for one in self._answers if one.truthy is not (not truthy)]
            if ends and all(self._before(index, one) for one in ends):
                return truthy
        return None

    def _before(self, index: int, end: Answer) -> bool:
        return index < end.stores and self.is_sure(index, end.branch)
