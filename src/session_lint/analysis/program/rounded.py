"""Parts of a value that are the same for all requests of a while: the time rounded down to a minute, an hour, a day."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.facts.terms import Attr, Const, Invoke, Op, Term, children, strip

_ROUNDING = frozenset({"date", "isocalendar", "weekday", "isoweekday"})
_PARTS = frozenset({"year", "month", "day", "hour", "minute"})
_FINE = ("%S", "%f", "%s", "%T", "%c", "%X")


def unrounded(value: Term) -> Iterator[Term]:
    """The value and what is inside it, without what is rounded down."""
    stack = [value]
    while stack:
        one = stack.pop()
        if not is_rounded(one):
            yield one
            stack += children(one)


def is_rounded(value: Term) -> bool:
    """`now().date()`, `now.replace(second=0)`, `now.strftime("%Y-%m")`, `now().year`, `time() // 60`."""
    match strip(value):
        case Invoke(Attr(_, "replace"), (), kwargs):
            return any(name in {"second", *_PARTS} and isinstance(strip(given), Const) for name, given in kwargs)
        case Invoke(Attr(_, "strftime"), (Const(str(form)), *_), _):
            return not any(one in form for one in _FINE)
        case Invoke(Attr(_, name), _, _):
            return name in _ROUNDING
        case Attr(_, name):
            return name in _PARTS
        case Op("//", _):
            return True
    return False
