"""Whether a key can pick one record, and whether two that may be the same can be compared at all."""

from __future__ import annotations

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of, normalise, unknown
from session_lint.facts.effects import EffectKind
from session_lint.facts.terms import Attr, Comprehension, Invoke, Mapping, Param, Phi, Sequence, Term, Unknown, walk

_COLLECTIONS = {"list", "dict", "set", "tuple", "defaultdict", "deque", "OrderedDict", "Counter", "frozenset"}


def picks(key: Term, *, looped: bool) -> bool:
    """Whether a key can pick one record: not a collection, and in a loop over the call not the state of an object, which moves on."""
    for part in walk(key):
        if isinstance(part, (Unknown, Comprehension)) or _filled(part):
            return False
        if isinstance(part, Invoke) and (name_of(part.func) or "") in _COLLECTIONS:
            return False
        if looped and isinstance(part, Attr) and part.base == Param("self"):
            return False
    return key != Param("self")  # the state of an object is no key


def _filled(term: Term) -> bool:
    """A display with something in it; an empty one is only the default of a `.get`."""
    return (isinstance(term, Mapping) and bool(term.entries)) or (isinstance(term, Sequence) and term.kind != "tuple" and bool(term.items))


def comparable(event: Event) -> bool:
    """A key that may be the same is reported only where it can be read in full, and not for an upsert that keeps what it is given."""
    upsert = event.effect is not None and event.effect.kind is EffectKind.UPSERT
    return not upsert and not any(unknown(value) for _, value in event.columns)


def close(first: Event, second: Event) -> bool:
    """Two choices between the same values are compared only where both stand in one function, and may be made by one test: each call of
    another chooses for itself."""
    there = dict(first.columns)
    chosen = [(value, there[name]) for name, value in second.columns if name in there and _is_same_choice(value, there[name])]
    return not chosen or (len(first.path) == len(second.path) == 1 and not any(_by_two_tests(*both) for both in chosen))


def _is_same_choice(one: Term, other: Term) -> bool:
    left, right = normalise(one), normalise(other)
    return isinstance(left, Phi) and isinstance(right, Phi) and set(left.options) == set(right.options)


def _by_two_tests(one: Term, other: Term) -> bool:
    """Whether a choice is made by one test, and the other by another: both are known, and they are not the same."""
    left, right = normalise(one), normalise(other)
    tests = [choice.on for choice in (left, right) if isinstance(choice, Phi) and choice.on is not None and not unknown(choice.on)]
    return len(tests) > 1 and tests[0] != tests[1]
