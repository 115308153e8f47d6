"""What a callee stores, for its caller."""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.analysis.program.events import Summary
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.keys import small
from session_lint.analysis.program.substitution import substitute
from session_lint.facts.terms import Term


def hand_on(summary: Summary, values: Mapping[str, Term], walker: Walking, site: int) -> None:
    """What the callee stored is stored for the caller too."""
    for kept in summary.kept:
        place, value = substitute(kept.target, values), substitute(kept.value, values)
        if not small(place) or not small(value):
            continue
        if kept.memory:
            walker.out.remembered.append((place, value, site))
        else:
            walker.out.keep(place, value, sure=kept.sure, told_by=None if kept.sure else kept.told_by, site=site)
    for container in summary.changes:
        changed = substitute(container, values)
        if small(changed):
            walker.out.changes.callee(changed, site)
