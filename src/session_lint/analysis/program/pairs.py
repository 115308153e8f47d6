"""Whether an insert is for the rows that an earlier clear took away."""

from __future__ import annotations

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import Match, column, compare
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.facts.effects import Selection
from session_lint.facts.terms import Attr, Const, Element, Param, Phi, Term, Unknown, strip, walk

_ROW_IDENTITY = {"id", "pk", "_id", "uuid"}


def is_pair(walked: Walk, pair: Pair) -> bool:
    """Whether the two halves can be for the same rows at all."""
    clear, insert = walked.events[pair.first], walked.events[pair.second]
    if clear.effect is None or insert.effect is None:
        return False
    return replaces(clear, insert) and related(clear, insert) is not Match.DIFFERENT


def replaces(clear: Event, insert: Event) -> bool:
    assert clear.effect is not None
    if isinstance(insert.resource, Attr) and not clear.columns:  # relation.clear() then relation.add()
        return True
    return clear.effect.selection in {Selection.KEY, Selection.MEMBERS} and bool(clear.columns)


def related(clear: Event, insert: Event) -> Match:
    """Whether the inserted row belongs to the key that was cleared."""
    assert insert.effect is not None
    new = {column(name): value for name, value in insert.columns if name}
    best = Match.UNKNOWN
    hits = 0
    for name, value in clear.columns:
        if column(name) in new:
            match = compare(value, new[column(name)])
            if match is Match.DIFFERENT and (
                _one_by_one(clear, insert) or not _open(value, new[column(name)]) or _of_none(value, new[column(name)])
            ):
                return Match.DIFFERENT
            hits += 1
            best = max(best, match)
    if hits:
        return best
    if any(compare(value, other) is Match.SAME for _, value in clear.columns for other in new.values()):
        return Match.SAME
    if all(name in _ROW_IDENTITY for name, _ in clear.columns):  # deletes particular rows by their own id
        return Match.DIFFERENT
    return Match.DIFFERENT if insert.effect.complete and new and all(name for name, _ in clear.columns) else Match.UNKNOWN


def _one_by_one(clear: Event, insert: Event) -> bool:
    """Rows deleted one by one in a loop of their own, as a diff does: the inserts that follow are of other rows."""
    apart = bool(set(clear.loops) - set(insert.loops))
    return apart and any(isinstance(t, Element) for _, value in clear.columns for t in walk(value))


def _open(left: Term, right: Term) -> bool:
    """Values that cannot be compared because one is computed."""
    return not (isinstance(strip(left), (Const, Param)) and isinstance(strip(right), (Const, Param)))


def _of_none(cleared: Term, new: Term) -> bool:
    """The rows that belong to nobody are cleared, those of somebody are inserted."""
    return strip(cleared) == Const(None) and not isinstance(strip(new), (Const, Param, Phi, Unknown))
