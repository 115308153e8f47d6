"""What tests say of a look-up: whether a value is true where it found a row, or only where it found none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.membership import Asked, asked
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Ref, Sequence, Term, strip
from session_lint.facts.ways import way

Sites = Callable[[Term], set[int]]  # the call sites whose result a term is, or wraps one to one

_READING = {
    "builtins.bool",
    "builtins.len",
    "builtins.any",
    "builtins.list",
    "builtins.int",
    "builtins.next",
    "builtins.tuple",
    "builtins.set",
    "builtins.sorted",
}
_TELLING = {"exists", "count", "first", "all", "scalar", "one_or_none", "fetchone", "fetchall", "scalars", "keys", "values"}
_AGAINST_NOTHING = {"==": False, "is": False, "<=": False, "!=": True, "is not": True, ">": True}  # a row was found when that holds
_AGAINST_ONE = {"==": True, ">=": True, "!=": False, "<": False}
_AGAINST_FALSE = {"==": False, "is": False, "!=": True, "is not": True}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def wants_none(condition: Condition, read: Event, sites: Sites) -> bool:
    """Whether a test passes where the look-up has found nothing, and not where all that it asks is that something was found."""
    told = says(condition.term, read, sites, holds=condition.holds)
    return told is not None and told is not condition.holds


def wants_some(condition: Condition, read: Event, sites: Sites) -> bool:
    """Whether a test passes only where the look-up has found something."""
    told = says(condition.term, read, sites, holds=condition.holds)
    return told is not None and told is condition.holds


def says(term: Term, read: Event, sites: Sites, *, holds: bool = True) -> bool | None:
    """True: the value is true where the look-up found something. False: where it found nothing. None: it says nothing of that.

    `holds`: whether the value is known to be true or to be false. Of an `or` that holds, and an `and` that does not, any part may be the
    reason: `last is None or last.price != price` keeps a history, and is no test of whether a row is there.
    """
    taken = way(term, holds=holds)
    if taken is not None:  # a flag, or an error that was noted, stands for the way on which it was
        said = says(taken, read, sites)
        return said if holds else _turned(said)
    member = asked(term)
    if member is not None:
        return _has_member(term, member, read)
    match strip(term):
        case Op("not", (inner,)):
            return _turned(says(inner, read, sites, holds=not holds))
        case Op("and" | "or" as kind, parts):
            told = [says(part, read, sites, holds=holds) for part in parts]
            return None if None in told and holds is (kind == "or") else _one_of(told)
        case Op(kind, (left, right)):
            return _compared(kind, strip(left), strip(right), read, sites)
        case Invoke(Ref(name), (first, *_), _) if name in _READING:
            return says(first, read, sites)
        case other:
            return _result(other, read, sites)


def _has_member(term: Term, member: Asked, read: Event) -> bool | None:
    """What it says of a look-up whether one of its rows has a value."""
    inner = strip(term)
    if read.site not in member.sites or not any(strip(value) == member.value for _, value in read.columns):
        return None
    return not (isinstance(inner, Op) and inner.kind == "not in")


def _one_of(told: Iterable[bool | None]) -> bool | None:
    """What the parts say of a row, where those that speak of it agree."""
    found = {one for one in told if one is not None}
    return found.pop() if len(found) == 1 else None


def _compared(kind: str, left: Term, right: Term, read: Event, sites: Sites) -> bool | None:
    if isinstance(left, Const) and not isinstance(right, Const):
        left, right, kind = right, left, _MIRRORED.get(kind, kind)
    if not isinstance(right, (Const, Sequence)):
        return None
    against = _against(right).get(kind)
    told = says(left, read, sites) if against is not None else None
    return None if told is None else told is against


def _against(value: Term) -> Mapping[str, bool]:
    """What a comparison with a literal says: nothing is None, False, 0 or an empty list."""
    if isinstance(value, Sequence):
        return {} if value.items else _AGAINST_FALSE
    assert isinstance(value, Const)
    if value.value is True:
        return {kind: not found for kind, found in _AGAINST_FALSE.items()}
    if not value.value:
        return _AGAINST_NOTHING
    return _AGAINST_ONE if value.value == 1 else {}


def _result(term: Term, read: Event, sites: Sites) -> bool | None:
    """What a value tells that is the result of the look-up, or is asked of it: its count, the first of its rows."""
    inner = strip(term)
    while True:
        if read.site in sites(inner):
            return read.tells
        match inner:
            case Invoke(Attr(base, name), (), _) if name in _TELLING:
                inner = strip(base)
            case Item(base, key) if isinstance(key, Const) or is_from_first(key):
                inner = strip(base)
            case _:
                return None


def is_from_first(key: Term) -> bool:
    """Whether a slice has the first of some rows, where there is one: `rows[:2]`."""
    match strip(key):
        case Op("slice", (Const(None | 0), Const(end), Const(None))):
            return end is None or (isinstance(end, int) and end > 0)
    return False


def _turned(told: bool | None) -> bool | None:  # noqa: FBT001 - what was said
    return None if told is None else not told
