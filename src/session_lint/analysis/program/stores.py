"""What a callee stores, for its caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from session_lint.analysis.program.events import Summary
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.judging import judged
from session_lint.analysis.program.keys import small
from session_lint.analysis.program.substitution import GIVEN, substitute
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Invoke, Term


def hand_on(summary: Summary, values: Mapping[str, Term], walker: Walking, site: int, chosen: tuple[Condition, ...]) -> None:
    """What the callee stored is stored for the caller too. `chosen`: which function was handed in, where this callee is one of several."""
    if any(kept.made for kept in summary.kept):
        call = walker.facts.calls[site]
        values = {**values, GIVEN.name: Invoke(call.func, call.args, call.kwargs, site)}
    for kept in summary.kept:
        place, value = substitute(kept.target, values), substitute(kept.value, values)
        left = _left(kept.conditions, values, walker) if kept.conditions else ()
        if left is None or not small(place) or not small(value):
            continue
        if kept.memory:
            walker.out.remembered.append((place, value, site))
        else:
            walker.out.keep(place, value, kept=replace(kept, conditions=(*chosen, *left)), site=site)
    for container in summary.changes:
        changed = substitute(container, values)
        if small(changed):
            walker.out.changes.callee(changed, site)


def _left(conditions: tuple[Condition, ...], values: Mapping[str, Term], walker: Walking) -> tuple[Condition, ...] | None:
    """What remains to be told of the function that was handed in; None where it was another one."""
    found = [judged(condition, values, walker) for condition in conditions]
    if any(holds is False for holds, _, _ in found):
        return None
    return tuple(mine for _, mine, _ in found if mine is not None)
