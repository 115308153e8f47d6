"""What becomes of the conditions of a callee's events for one caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.getters import INFRASTRUCTURE_NAMES
from session_lint.analysis.program.keys import small, unknown
from session_lint.analysis.program.presence import contradicts
from session_lint.analysis.program.substitution import substitute
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Const, Param, Term, strip

# of a condition of a callee: whether it holds for the caller; what remains of it to be tested; the parameter, not given, that it tests
Judged: TypeAlias = tuple[bool | None, Condition | None, str | None]


def judge(event: Event, values: Mapping[str, Term], walker: Walking, known: dict[int, Judged]) -> tuple[bool, tuple[Condition, ...], str]:
    """Whether the event still happens for this caller, under which conditions, and which parameter would prevent it.

    `known` keeps what was found of conditions, by identity: as long as the walk does not go on, it stays true.
    """
    remaining: list[Condition] = []
    omitted = ""
    for condition in event.conditions:
        found = known.get(id(condition))
        if found is None:
            found = known[id(condition)] = judged(condition, values, walker)
        holds, mine, prevents = found
        if holds is False:
            return False, (), ""
        if prevents is not None:
            omitted = prevents
        if mine is not None:
            remaining.append(mine)
    if contradicts(walker.conditions, remaining):
        return False, (), ""
    return True, tuple(remaining), omitted


def judged(condition: Condition, values: Mapping[str, Term], walker: Walking) -> Judged:
    """What becomes of a condition of a callee for one caller."""
    mine = Condition(substitute(condition.term, values), condition.holds)
    holds = walker.presence.holds(mine)
    prevents = None
    subject = strip(condition.term)
    if not condition.holds and isinstance(subject, Param) and values.get(subject.name) == Const(None):
        prevents = "" if subject.name in INFRASTRUCTURE_NAMES else subject.name
    return holds, mine if holds is None and small(mine.term) and not unknown(mine.term) else None, prevents
