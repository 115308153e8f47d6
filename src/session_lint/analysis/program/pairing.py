"""Which events of one walk make pairs: two obtains of one record, a clear and a later insert."""

from __future__ import annotations

from session_lint.analysis.program.events import Event, same_resource, same_rows
from session_lint.analysis.program.guards import wants_absence
from session_lint.analysis.program.keys import Match, compare_keys, volatile
from session_lint.analysis.program.presence import contradicts
from session_lint.analysis.program.turns import made_anew
from session_lint.analysis.program.walked import Pair, State, Walk
from session_lint.facts.effects import EffectKind

_CANDIDATES = 8  # clears that one insert is compared with


def pair(out: Walk, index: int, event: Event, before: State) -> None:
    """Notes which earlier events an event makes a pair with."""
    if event.kind is EffectKind.OBTAIN and not event.fallback and not event.locked:
        _pair_obtain(out, index, event, before)
    elif event.kind in {EffectKind.INSERT, EffectKind.UPSERT}:
        _pair_insert(out, index, event, before)


def _pair_obtain(out: Walk, index: int, event: Event, before: State) -> None:
    if any(volatile(value) or made_anew(value) for _, value in event.columns):
        return
    best: Pair | None = None
    for earlier in sorted(before):
        other = out.events[earlier]
        if other.kind is not EffectKind.OBTAIN or not same_resource(other.resource, event.resource):
            continue
        if len(other.path) == len(event.path) == 1 and other.place == event.place:
            continue  # one call seen twice: directly, and as handed to a scheduler
        match = compare_keys(other.columns, event.columns)
        if match is Match.DIFFERENT or contradicts(other.conditions, event.conditions) or wants_absence(event, other.site):
            continue
        if best is None or match > best.match:
            best = Pair(earlier, index, match)
    if best is not None:
        out.repeats.append(best)


def _pair_insert(out: Walk, index: int, event: Event, before: State) -> None:
    """Every earlier clear of the table is a candidate: which of them is of the same rows is judged later."""
    found = 0
    for earlier in sorted(before, reverse=True):
        other = out.events[earlier]
        if other.kind is not EffectKind.CLEAR or not same_rows(other, event):
            continue
        if not contradicts(other.conditions, event.conditions):
            out.replacements.append(Pair(earlier, index, Match.UNKNOWN, before[earlier]))
            found += 1
            if found == _CANDIDATES:
                return
