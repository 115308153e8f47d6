"""Whether an insert is for the rows that an earlier clear took away."""

from __future__ import annotations

import re

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.exclusion import constants
from session_lint.analysis.program.insides import ABSENT, inside, steps
from session_lint.analysis.program.keys import Match, column, compare, name_of, normalise
from session_lint.analysis.program.units import apart
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.facts.effects import PRESENT, Selection
from session_lint.facts.terms import (
    Attr,
    Const,
    Element,
    Invoke,
    Item,
    Op,
    Param,
    Phi,
    Ref,
    Sequence,
    Template,
    Term,
    Unknown,
    dotted,
    root,
    strip,
    walk,
)

_ROW_IDENTITY = {"id", "pk", "_id", "uuid"}
_RANDOM = re.compile(r"^uuid[1467]$|ulid|nanoid|random|randint|^token_(hex|urlsafe|bytes)$")  # uuid3 and uuid5 are made of a name
_REFILL = 4  # steps of both paths: who fills a table again empties it near by


def is_pair(walked: Walk, pair: Pair) -> bool:
    """Whether the two halves can be for the same rows at all."""
    clear, insert = walked.events[pair.first], walked.events[pair.second]
    if clear.effect is None or insert.effect is None:
        return False
    return replaces(clear, insert, committed=pair.committed) and related(clear, insert) is not Match.DIFFERENT


def replaces(clear: Event, insert: Event, *, committed: bool) -> bool:
    """Whether a clear takes away rows that an insert brings back: those of a key, or all of a table that is filled again."""
    assert clear.effect is not None
    assert insert.effect is not None
    if isinstance(insert.resource, Attr) and not clear.columns:  # relation.clear() then relation.add()
        return True
    if clear.effect.selection is Selection.ALL:
        return not clear.columns and _refills(clear, insert, committed=committed)
    if insert.effect.selection is Selection.ALL:  # a copy of a whole table is for no key
        return False
    return clear.effect.selection in {Selection.KEY, Selection.MEMBERS} and bool(clear.columns)


def together(clear: Event, insert: Event, *, committed: bool) -> bool:
    """Whether the two are in one transaction, as far as their own function shows."""
    assert clear.effect is not None
    assert insert.effect is not None
    if set(clear.scopes) & set(insert.scopes):
        return True
    return not (clear.effect.autocommit or insert.effect.autocommit or committed or apart(clear.unit, insert.unit))


def _refills(clear: Event, insert: Event, *, committed: bool) -> bool:
    """A table emptied and filled with several rows near by, where the code shows that the first is final before the second begins."""
    assert clear.effect is not None
    assert insert.effect is not None
    several = insert.effect.many or insert.looped or bool(set(insert.loops) - set(clear.loops))
    shown = (clear.final and insert.final) or (committed and not clear.effect.autocommit) or apart(clear.unit, insert.unit)
    return several and shown and clear.steps + insert.steps <= _REFILL


def related(clear: Event, insert: Event) -> Match:
    """Whether the inserted row belongs to the key that was cleared. A key is as equal as its worst column. Where that cannot be told, it
    does not if rows are cleared for a key only where that is not another one: `if old != new:`."""
    match = _related(clear, insert)
    return Match.DIFFERENT if match is Match.UNKNOWN and _is_anothers(clear) else match


def _is_anothers(clear: Event) -> bool:
    """Whether rows are cleared only where a value of their key is not equal to something else that is handed in."""
    key = {normalise(value) for _, value in clear.columns if not isinstance(strip(value), Const)}
    for condition in clear.conditions:
        test = strip(condition.term)
        if isinstance(test, Op) and test.kind in ("!=", "==") and condition.holds is (test.kind == "!="):
            sides = [normalise(one) for one in test.operands]
            if any(one in key for one in sides) and all(_reads(one) and not isinstance(one, Const) for one in sides):
                return True
    return False


def _related(clear: Event, insert: Event) -> Match:
    assert clear.effect is not None
    assert insert.effect is not None
    if clear.effect.selection is Selection.ALL:
        return Match.SAME
    if clear.effect.soft and all(name in _ROW_IDENTITY for name, _ in clear.columns):
        return Match.DIFFERENT  # a row that is only marked keeps its id, and no other row can have it
    if _of_one_relation(clear, insert):
        return Match.SAME
    new = {column(name): value for name, value in insert.columns if name}
    named = dict(insert.columns)  # `scope` and `scope_id` may both be columns
    if insert.effect.complete and any(column(name) not in new for name in clear.effect.tombstones):
        return Match.DIFFERENT  # rows out of use are cleared, and this one is in use
    given = ((name, value) for name, value in clear.columns if column(name) in new)
    matches = [_column(clear, insert, value, named.get(name, new[column(name)])) for name, value in given]
    matches += [_inside(clear, insert, name, value) for name, value in clear.columns if column(name) not in new and len(steps(name)) > 1]
    if matches:
        return min(matches)
    if any(compare(value, other) is Match.SAME for _, value in clear.columns for other in new.values()):
        return Match.SAME
    if all(name in _ROW_IDENTITY for name, _ in clear.columns):  # deletes particular rows by their own id
        return Match.DIFFERENT
    return Match.DIFFERENT if insert.effect.complete and new and all(name for name, _ in clear.columns) else Match.UNKNOWN


def _inside(clear: Event, insert: Event, name: str, value: Term) -> Match:
    """A condition on a part of a column, or on what a foreign key leads to; of another row's columns nothing is known here."""
    assert insert.effect is not None
    found = inside({column(one): term for one, term in insert.columns}, name, complete=insert.effect.complete)
    if found is None:
        return Match.UNKNOWN
    return Match.DIFFERENT if found == ABSENT else _column(clear, insert, value, found)


def _of_one_relation(clear: Event, insert: Event) -> bool:
    """All rows of a record's relation are cleared, and rows are put into that of the same record."""
    if not isinstance(insert.resource, Attr) or not clear.columns or any(name for name, _ in clear.columns):
        return False
    owners = [value for name, value in insert.columns if not name]
    return all(any(compare(value, owner) is Match.SAME for owner in owners) for _, value in clear.columns)


def _column(clear: Event, insert: Event, value: Term, other: Term) -> Match:
    """One column of both, with what a guard has found to be a constant. What cannot be compared because it is computed is unknown."""
    known = constants((*clear.conditions, *insert.conditions))
    value, other = known.get(normalise(value), value), known.get(normalise(other), other)
    if value == PRESENT:
        return Match.DIFFERENT if strip(other) == Const(None) else Match.UNKNOWN
    if isinstance(value, Sequence) and isinstance(strip(other), Const):  # one of the constants that `IN (...)` names
        return max((compare(item, other) for item in value.items), default=Match.DIFFERENT)
    match = compare(value, other)
    if match is not Match.DIFFERENT:
        return match
    if _one_by_one(clear, insert) or _two_values(value, other) or _told_apart(insert, value, other) or _is_random(other):
        return Match.DIFFERENT
    return Match.UNKNOWN


def _one_by_one(clear: Event, insert: Event) -> bool:
    """Rows deleted one by one in a loop of their own, as a diff does: the inserts that follow are of other rows."""
    alone = bool(set(clear.loops) - set(insert.loops)) or (clear.looped and clear.site != insert.site)
    return alone and any(isinstance(t, Element) for _, value in clear.columns for t in walk(value))


def _two_values(left: Term, right: Term) -> bool:
    """Whether two unlike expressions are two values for sure: both only read what is there, from two origins; or one is nobody's."""
    a, b = strip(left), strip(right)
    if isinstance(a, Const) or isinstance(b, Const):
        return (isinstance(a, (Const, Param)) and isinstance(b, (Const, Param))) or _of_none(a, b)
    if _reads(a) and _reads(b) and (root(a) != root(b) or _are_two_fields(a, b)):
        return True
    return _adds_to(a, b) or _adds_to(b, a) or _are_two_names(a, b)


def _are_two_fields(left: Term, right: Term) -> bool:
    """Whether two values are kept under two names in one object: `change.leaver_id`, `change.joiner_id`."""
    if not (isinstance(left, Attr) and isinstance(right, Attr)) or normalise(left.base) != normalise(right.base):
        return False
    return column(left.name) != column(right.name) and _ROW_IDENTITY.isdisjoint((left.name, right.name))


def _are_two_names(left: Term, right: Term) -> bool:
    """Whether two constants of one class or module are told apart by their names: `Kind.DRAFT`, `Kind.FINAL`. A default is one of the
    others."""
    one, other = dotted(left) or "", dotted(right) or ""
    owner, _, name = one.rpartition(".")
    above, _, second = other.rpartition(".")
    both = bool(owner) and owner == above and name != second and isinstance(root(left), Ref)
    return both and all(part.isupper() and "DEFAULT" not in part for part in (name, second))


def _is_random(value: Term) -> bool:
    """Whether a value is drawn or made up there: what was cleared has another one."""
    return any(isinstance(part, Invoke) and _RANDOM.search(name_of(part.func) or "") for part in walk(value))


def _adds_to(longer: Term, value: Term) -> bool:
    """Whether a text is another value with something put before or behind it: `f"old {name}"` is never `name`."""
    if not isinstance(longer, Template) or not any(isinstance(part, Const) and part.value for part in map(strip, longer.parts)):
        return False
    return normalise(value) in map(normalise, longer.parts)


def _reads(term: Term) -> bool:
    """A name, or an attribute or item of one."""
    return all(isinstance(part, (Param, Attr, Item, Const)) for part in walk(term)) and isinstance(root(term), Param)


def _told_apart(insert: Event, left: Term, right: Term) -> bool:
    """Whether the insert happens only where the two are unequal: `if before != after:`."""
    both = {normalise(left), normalise(right)}
    for condition in insert.conditions:
        test = strip(condition.term)
        if isinstance(test, Op) and test.kind in ("!=", "==") and {normalise(one) for one in test.operands} == both:
            return condition.holds is (test.kind == "!=")
    return False


def _of_none(cleared: Term, new: Term) -> bool:
    """The rows that belong to nobody are cleared, those of somebody are inserted."""
    return cleared == Const(None) and not isinstance(new, (Const, Param, Phi, Unknown))
