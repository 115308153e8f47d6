"""Which of several things a function gives a caller: `using(session)`, which gives that, or opens one where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from session_lint.analysis.program.around import Way
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowing import Knowing
from session_lint.analysis.program.substitution import substitute
from session_lint.analysis.program.walked import Walk
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Invoke, Term

Open: TypeAlias = tuple[Way, tuple[Condition, ...]]


def open_ways(known: Knowing, full: str, callee: str, values: Mapping[str, Term]) -> tuple[Open, ...]:
    """The ways of a callee that are open for a caller by what it hands in, each with the tests that nothing is known of, in its terms."""
    presence = known.presence(full, Walk(), [])
    found: list[Open] = []
    for way in known.summary(callee).ways:
        mine = tuple(Condition(substitute(one.term, values), one.holds) for one in way.conditions)
        judged = [presence.holds(one) for one in mine]
        if False not in judged:
            found.append((way, tuple(one for one, holds in zip(mine, judged, strict=True) if holds is None)))
    return tuple(found)


def choices(known: Knowing, full: str, call: Invoke) -> tuple[Term, ...]:
    """What a call of a function may give that tests on what it is handed decide, as far as they are open here; none of any other call."""
    entered = _entered(known, full, call)
    if entered is None or not known.summary(entered[0]).ways:
        return ()
    return tuple(substitute(way.value, entered[1]) for way, _ in open_ways(known, full, *entered))


def _entered(known: Knowing, full: str, call: Invoke) -> tuple[str, Mapping[str, Term]] | None:
    """The one function that a call enters, and what its parameters get."""
    if call.site < 0:
        found = known.resolver.enter(full, call) if known.is_named(name_of(call.func)) else None
        return None if found is None else (found[0].full, found[1].values)
    facts = known.facts.get(full)
    if facts is None or call.site >= len(facts.calls):
        return None
    site = facts.calls[call.site]
    targets = known.resolver.resolve(full, site).targets
    return (targets[0].full, known.resolver.bind(targets[0], site).values) if len(targets) == 1 else None
