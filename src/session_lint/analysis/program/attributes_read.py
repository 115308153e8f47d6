"""Which attributes of an object a computation reads that is handed the object whole: what was set in another one does not change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import normalise, unknown
from session_lint.facts.terms import Attr, Invoke, Term, children, strip

_DEEP = 5  # functions that each hand the object to the next one


@dataclass(frozen=True, slots=True)
class Telling:
    """What is known of the calls of one function at one point of its walk.

    `unfolded` gives a term with what project functions return in the place of their calls; `returned` what one call gives, in terms of
    the function and as it is written there; `stored` whether an attribute is one that is stored, and not computed when it is asked for;
    `apart` whether two effects run on two databases for sure; `around` what variables of the functions around it are in the call that an
    effect is behind.
    """

    unfolded: Callable[[Term], Term]
    returned: Callable[[Invoke], Term | None]
    stored: Callable[[Attr], bool]
    apart: Callable[[Event, Event], bool]
    around: Callable[[Event], Mapping[str, Term]]


def attributes_read(call: Term, whole: Term, telling: Telling, depth: int = _DEEP) -> frozenset[str] | None:
    """The attributes of an object that a call reads; None where it cannot be told. `whole` is the object, normalised."""
    # without its site: its arguments are as they are known here, and so is the object
    told = telling.returned(Invoke(call.func, call.args, call.kwargs)) if isinstance(call, Invoke) and depth else None
    return None if told is None or unknown(told) else _in(told, whole, telling, depth - 1)


def _in(term: Term, whole: Term, telling: Telling, depth: int) -> frozenset[str] | None:
    inner = strip(term)
    if normalise(inner) == whole:
        return None
    if isinstance(inner, Attr) and normalise(inner.base) == whole:
        return frozenset({inner.name}) if telling.stored(inner) else None
    if isinstance(inner, Invoke) and any(normalise(part) == whole for part in _handed(inner)):
        return attributes_read(inner, whole, telling, depth)
    found: frozenset[str] = frozenset()
    for part in children(inner):
        read = _in(part, whole, telling, depth)
        if read is None:
            return None
        found |= read
    return found


def _handed(call: Invoke) -> tuple[Term, ...]:
    """What a call is given: its arguments, and the object whose method it is."""
    owner = (call.func.base,) if isinstance(call.func, Attr) else ()
    return (*call.args, *(value for _, value in call.kwargs), *owner)
