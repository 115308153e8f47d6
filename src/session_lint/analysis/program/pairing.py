"""Which events of one walk make pairs: two obtains of one record, a clear and a later insert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from session_lint.analysis.program.attributes_read import Telling
from session_lint.analysis.program.decorated import with_arguments
from session_lint.analysis.program.events import Columns, Event, Possible, same_resource, same_rows
from session_lint.analysis.program.filled import excludes
from session_lint.analysis.program.guards import wants_absence
from session_lint.analysis.program.keys import Match, compare_keys, volatile
from session_lint.analysis.program.matched import found_nothing
from session_lint.analysis.program.setters import is_open
from session_lint.analysis.program.turns import made_anew
from session_lint.analysis.program.walked import Pair, State, Walk
from session_lint.facts.effects import NEW_ROWS, EffectKind
from session_lint.facts.terms import Attr, Op, Param, Ref, Term, root
from session_lint.facts.traits import CALLS, traits

_CANDIDATES = 8  # clears that one insert is compared with


def pair(out: Walk, index: int, event: Event, before: State, telling: Telling) -> None:
    """Notes which earlier events an event makes a pair with."""
    if event.kind is EffectKind.OBTAIN and not event.fallback and not event.locked:
        _pair_obtain(out, index, event, before, telling)
    elif event.kind in NEW_ROWS:
        _pair_insert(out, index, event, before)
    if event.kind in NEW_ROWS or event.kind is EffectKind.OPEN:
        _note_possible(out, index, event, before)


def pair_inside(out: Walk, site: int, callee: str, possible: Iterable[Possible]) -> None:
    """The pairs of a callee that are told at a call of it."""
    numbers: dict[int, list[int]] = {}
    for index, event in enumerate(out.events):
        if event.site == site and event.callee == callee and event.source >= 0:
            numbers.setdefault(event.source, []).append(index)
    for one in possible:
        for first in numbers.get(one.first, ()):
            for second in numbers.get(one.second, ()):
                _told(out, first, second, committed=one.committed)


def _told(out: Walk, first: int, second: int, *, committed: bool) -> None:
    clear, insert = out.events[first], out.events[second]
    if not _follows(clear, insert):
        return
    if clear.kind is EffectKind.CLEAR and insert.kind in NEW_ROWS and same_rows(clear, insert):
        out.replacements.append(Pair(first, second, Match.UNKNOWN, committed))
    if _is_possible(clear, insert):
        out.possible.append(Possible(first, second, committed))


def _note_possible(out: Walk, index: int, event: Event, before: State) -> None:
    """Every earlier event that may be its clear, where one of the two is not told here."""
    found = 0
    for earlier in sorted(before, reverse=True):
        other = out.events[earlier]
        if _is_possible(other, event) and _follows(other, event):
            out.possible.append(Possible(earlier, index, before[earlier]))
            found += 1
            if found == _CANDIDATES:
                return


def _follows(clear: Event, insert: Event) -> bool:
    """Whether both can happen in one execution, and the insert is not what decides whether to clear, nor the clear whether to insert."""
    return not (clear.retry or clear.injected & insert.injected or excludes(clear, insert) or found_nothing(clear, insert))


def _is_possible(clear: Event, insert: Event) -> bool:
    """Whether a caller may find that the two are a clear and an insert of one table."""
    if clear.kind not in {EffectKind.CLEAR, EffectKind.OPEN} or (insert.kind is not EffectKind.OPEN and insert.kind not in NEW_ROWS):
        return False
    left_open = clear.call is not None or insert.call is not None
    if not left_open and not (_of_object(clear.resource) and _of_object(insert.resource)):
        return False
    return left_open or not (clear.kind is EffectKind.CLEAR and insert.kind in NEW_ROWS and same_rows(clear, insert))


def _of_object(table: Term | None) -> bool:
    """A table that the object decides: `self.model`."""
    return isinstance(table, Attr) and root(table) == Param("self")


def _pair_obtain(out: Walk, index: int, event: Event, before: State, telling: Telling) -> None:
    if any(volatile(value) or made_anew(value) for _, value in event.columns):
        return
    best: Pair | None = None
    for earlier in sorted(before):
        other = out.events[earlier]
        if other.kind is not EffectKind.OBTAIN or not same_resource(other.resource, event.resource):
            continue
        if _writes_more(other, event) or _is_one_run(other, event):
            continue
        match = _of_one_key(out, other, event, telling)
        if match is Match.DIFFERENT or _exclude(other, event) or telling.apart(other, event):
            continue
        if best is None or match > best.match:
            best = Pair(earlier, index, match)
    if best is not None:
        out.repeats.append(best)


def _is_one_run(first: Event, second: Event) -> bool:
    """Whether one call is seen twice: directly, and as handed to a scheduler; or by two ways to one dependency."""
    return bool(first.injected & second.injected) or (len(first.path) == len(second.path) == 1 and first.place == second.place)


def _of_one_key(out: Walk, first: Event, second: Event, telling: Telling) -> Match:
    """Whether two keys are the same: as they are told, or with what functions of the project make of them."""
    mine, other = first.columns, second.columns
    if variables := telling.around(second):
        mine, other = [tuple((name, with_arguments(value, variables)) for name, value in columns) for columns in (mine, other)]
    match, changed = compare_keys(mine, other), out.changes.match(mine, first.site, other, second.site, telling)
    if match is Match.SAME or changed is Match.DIFFERENT or not (_computed(mine) or _computed(other)):
        return min(match, changed)
    mine, other = [tuple((name, telling.unfolded(value)) for name, value in columns) for columns in (mine, other)]
    written_out = out.changes.match(mine, first.site, other, second.site, telling, unfolded=True)
    return min(max(match, compare_keys(mine, other)), changed, written_out)


def _computed(columns: Columns) -> bool:
    """Whether any part of a key is the result of a call."""
    return any(traits(value)[2] & CALLS for _, value in columns)


def _exclude(first: Event, second: Event) -> bool:
    """Whether the second obtains only where the first does not."""
    return excludes(first, second) or wants_absence(second, first.site) or _of_two_handed(first, second)


def _of_two_handed(left: Event, right: Event) -> bool:
    """Whether the two are of two functions that were handed in, and only one record where a caller hands the same one in twice."""
    chosen = [{c.term.operands for c in event.conditions if c.holds and _chooses(c.term)} for event in (left, right)]
    return any(a[1] == b[1] and a[0] != b[0] for a in chosen[0] for b in chosen[1])


def _chooses(term: Term) -> TypeGuard[Op]:
    return isinstance(term, Op) and term.kind == "==" and isinstance(term.operands[0], Param) and isinstance(term.operands[1], Ref)


def _writes_more(first: Event, second: Event) -> bool:
    """Whether the second writes something into the record that is lost without it: two setters, or a getter that also marks it."""
    if second.sets and (first.sets or all(map(is_open, second.sets))):
        return True
    return not set(second.marks) <= set(first.marks)


def _pair_insert(out: Walk, index: int, event: Event, before: State) -> None:
    """Every earlier clear of the table is a candidate: which of them is of the same rows is judged later."""
    found = 0
    for earlier in sorted(before, reverse=True):
        other = out.events[earlier]
        if other.kind in NEW_ROWS and same_rows(other, event) and not excludes(other, event):
            out.beside.add((earlier, index))
        if other.kind is not EffectKind.CLEAR or not same_rows(other, event):
            continue
        if _follows(other, event):
            out.replacements.append(Pair(earlier, index, Match.UNKNOWN, before[earlier]))
            found += 1
            if found == _CANDIDATES:
                return
