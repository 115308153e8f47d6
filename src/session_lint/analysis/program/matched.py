"""What an update or a delete tells of the rows it matched: `if cursor.rowcount == 0:`, `if not updated:`, `if status == "UPDATE 0":`."""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.analysis.program.events import Event
from session_lint.facts.module_facts import Condition
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Ref, Term, strip, walk

_COUNTS = {"rowcount", "row_count"}  # a cursor keeps them of the statement that it ran last
_READING = {"builtins.int", "builtins.bool", "builtins.len", "builtins.any", "builtins.next"}
_AGAINST_NOTHING = {"==": False, "is": False, "<=": False, "!=": True, "is not": True, ">": True}  # the row was there when that holds
_AGAINST_ONE = {"==": True, ">=": True, "!=": False, "<": False}


def found_nothing(clear: Event, insert: Event) -> bool:
    """Whether the insert happens only where the clear has matched no row: update or insert, of which nothing is cleared."""
    for condition in _telling(insert.conditions):
        told = tells(condition.term, clear)
        if told is not None and told is not condition.holds:
            return True
    return False


@by_identity
def _telling(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Those that may tell of the rows of some call: of the result of a call site, or of a count."""
    return tuple(condition for condition in conditions if any(map(_may_tell, walk(condition.term))))


def _may_tell(term: Term) -> bool:
    return term.site >= 0 if isinstance(term, Invoke) else isinstance(term, Attr) and term.name in _COUNTS


def tells(term: Term, event: Event) -> bool | None:
    """Whether a value is true where the event has matched rows, and false where it has not; the other way round for False.

    None: it tells nothing of them.
    """
    match strip(term):
        case Op("not", (inner,)):
            told = tells(inner, event)
            return None if told is None else not told
        case Op(kind, (left, right)) if isinstance(strip(right), Const):
            value = strip(right)
            told = _result(left, event)
            return None if told is None or kind not in _against(value) else told is _against(value)[kind]
        case other:
            return _result(other, event)


def _against(value: Term) -> Mapping[str, bool]:
    """What a comparison with a constant says: nothing is None, 0, an empty text, or the status of a driver, `UPDATE 0`."""
    constant = value.value if isinstance(value, Const) else ""
    if not constant or (isinstance(constant, str) and constant.upper() in ("UPDATE 0", "DELETE 0")):
        return _AGAINST_NOTHING
    return _AGAINST_ONE if constant == 1 else {}


def _result(term: Term, event: Event) -> bool | None:
    """What a value tells that is read off the result of the call: its count, the first of its rows, the length of its list."""
    inner = strip(term)
    while True:
        match inner:
            case Invoke() if inner.site == event.site >= 0:
                return event.tells
            case Attr(base, name):
                if name in _COUNTS and event.on is not None and strip(base) == strip(event.on):
                    return True
                inner = strip(base)
            case Item(base, Const()) | Invoke(Attr(base, _), _, _):
                inner = strip(base)
            case Invoke(Ref(name), (first, *_), _) if name in _READING:
                inner = strip(first)
            case _:
                return None
