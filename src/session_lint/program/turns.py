"""What stays the same from one turn of a loop to the next."""

from __future__ import annotations

from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.terms import Invoke, Term, Unknown, walk
from session_lint.program.events import Event
from session_lint.program.keys import name_of, volatile

_WAITING = {"sleep", "wait", "wait_for", "poll", "recv", "receive", "accept", "select", "read_message", "get_message", "fetch_message"}


def waits(facts: FunctionFacts, number: int) -> bool:
    """A loop that sleeps or waits for input polls: it wants a fresh record in every turn."""
    return any(number in site.loops and name_of(site.func) in _WAITING for site in facts.calls)


def invariant(facts: FunctionFacts, event: Event, number: int) -> bool:
    """Whether each turn of the loop has the event for the same record."""
    terms = [value for _, value in event.columns] + [t for t in (event.resource,) if t is not None]
    if any(volatile(t) or _varies(facts, t, number) for t in terms):
        return False
    return not any(not c.holds and _varies(facts, c.term, number) for c in event.conditions)


def _varies(facts: FunctionFacts, term: Term, number: int) -> bool:
    inside = {s.index for s in facts.calls if number in s.loops}
    for part in walk(term):
        loop = getattr(part, "loop", None)
        if loop is not None and (loop == number or loop in _inner(facts, number)):
            return True
        if isinstance(part, Unknown):
            return True
        if isinstance(part, Invoke) and part.site in inside:
            return True
    return False


def _inner(facts: FunctionFacts, number: int) -> set[int]:
    return {n for s in facts.calls if number in s.loops for n in s.loops[s.loops.index(number) :]}
