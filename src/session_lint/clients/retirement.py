"""Rows that are out of use: how an update takes them there, and how a condition picks those that are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from session_lint.clients.call_shapes import NOTHING, TRUE, last_name
from session_lint.facts.terms import Attr, Const, Invoke, Op, Ref, Sequence, Term, strip

FALSE = Const(value=False)
_RETIRED = re.compile(
    r"^(ended?|closed?|inactive|expired?|archived?|deleted?|revoked?|superseded|replaced|disabled|abandoned|retired|invalid)$"
)
_DONE = re.compile(r"^(cancell?ed|finished|terminated|stopped|completed?|done|failed)$")  # how a run went: it may be a row like any other
_STATE = re.compile(r"(^|_)(status|state)$")
_ALIVE = re.compile(r"^(is_)?(active|enabled|current|valid|open|latest|live)$")
_DEAD = re.compile(r"^(is_)?(deleted|archived|expired|revoked|closed|ended|inactive|disabled|superseded)$")
_DEAD_SINCE = re.compile(r"^(ended|deleted|closed|archived|revoked|expired|removed|superseded|terminated|valid_to|end)_(at|on|time|date)$")


_GONE = re.compile(r"^(deleted|archived|revoked|removed|superseded)_(at|on|time|date)$")
_ENDS_AT = re.compile(
    r"(^|_)(until|valid_to|expires?(_(at|on))?|expiry(_date)?|expiration(_date)?|end(ed|s)?(_(at|on|date|time))?|(finish|stop)(ed)?_(at|on))$"
)
_NOW = re.compile(
    r"^\W*(now|utcnow|today|current_timestamp|current_date|localtimestamp|sysdate|getdate|datetime\('now'\))\W*$", re.IGNORECASE
)


def is_flag(name: str, value: Term) -> bool:
    """Whether a constant of a key says which rows are in use, or which are not: `open=True`, `deleted_at=None`, `status="active"`."""
    constant = value.value if isinstance(value, Const) else ""
    return isinstance(value, Const) and (constant is None or isinstance(constant, bool) or bool(_STATE.search(name.lower())))


def is_state(name: str) -> bool:
    """Whether a column says where its row stands: `status`, `order_state`."""
    return bool(_STATE.search(name.lower()))


def narrowing(key: tuple[tuple[str, Term], ...]) -> tuple[tuple[str, Term], ...]:
    """The parts of a key that say which rows it is about, not which of them it is: `kind="remote"`, `status IN (0, 2)`.

    These are the constants; of a key that is nothing else, the flags; none where that is all there is.
    """
    for chosen in ([_is_constant(value) for _, value in key], [is_flag(*pair) for pair in key]):
        if not all(chosen):
            return tuple(pair for pair, is_chosen in zip(key, chosen, strict=True) if is_chosen)
    return ()


def _is_constant(value: Term) -> bool:
    inner = strip(value)
    return isinstance(inner, Const) or (isinstance(inner, Sequence) and bool(inner.items) and all(_is_constant(one) for one in inner.items))


def out_of_use(name: str) -> bool:
    """Whether a column says that a row is out of use: `deleted_at`, `is_archived`."""
    return bool(_DEAD.match(name.lower()) or _DEAD_SINCE.match(name.lower()))


def surely_out_of_use(name: str) -> bool:
    """Whether such a column says nothing else: an `end_time` may be that of what the row is about."""
    return bool(_DEAD.match(name.lower()) or _GONE.match(name.lower()))


Values = Iterable[tuple[str, Term]]


def ended(values: Values, picked: Values = ()) -> tuple[str, ...]:
    """The columns in which an update says that a row has ended: a time of an end set to now, or set where it picks the rows without one."""
    open_ended = {name for name, value in picked if strip(value) == NOTHING}
    said = ((name, strip(value)) for name, value in values if _ENDS_AT.search(name.lower()))
    return tuple(name for name, value in said if _is_now(value) or (name in open_ended and value != NOTHING))


def _moved(values: Values, picked: Values) -> bool:
    """Whether an update takes a mark from the rows that have it: `WHERE on_call SET on_call = false`."""
    marked = {name for name, value in picked if strip(value) == TRUE}
    return any(name in marked and strip(value) == FALSE for name, value in values)


def _is_now(value: Term) -> bool:
    match value:
        case Op("sql", (Const(str(text)), *_)):
            return bool(_NOW.match(text))
        case Invoke(func, args, _):
            return bool(_NOW.match(last_name(func))) and not any(isinstance(strip(arg), Op) for arg in args)
    return False


def retires(values: Values, picked: Values = ()) -> bool:
    """Whether an update with these values takes rows out of use: `status="ended"`, `is_active=False`, `deleted_at=now`.

    `picked` are the columns by which it picks the rows, with their values. `status="finished"` says how something went; that such rows are
    out of use is seen where those are picked by the same column that are not. So is what any other column says.
    """
    known, by = tuple(values), tuple(picked)
    columns = {name.lower() for name, _ in by}
    told = any(_retires(name.lower(), strip(value), picks=name.lower() in columns) for name, value in known)
    return told or bool(ended(known, by)) or _moved(known, by)


def _retires(name: str, value: Term, *, picks: bool) -> bool:
    constant = value.value if isinstance(value, Const) else None
    if _STATE.search(name):
        word = constant if isinstance(constant, str) else last_name(value) if isinstance(value, (Attr, Ref)) else ""
        told = word.lower().removeprefix("status_")
        return bool(_RETIRED.match(told) or (picks and _DONE.match(told)))
    if _ALIVE.match(name):
        return constant in (False, 0) and constant is not None
    if _DEAD.match(name):
        return constant in (True, 1)
    return bool(_DEAD_SINCE.match(name)) and value != NOTHING
