"""What is known of a term as a whole, worked out once for each term."""

from __future__ import annotations

from typing import TypeAlias

from session_lint.facts.noted import Noted
from session_lint.facts.terms import (
    Attr,
    Comprehension,
    Const,
    Element,
    Given,
    Invoke,
    Item,
    Mapping,
    Param,
    Phi,
    Ref,
    Sequence,
    Term,
    Unknown,
    children,
    strip,
)

OPEN = 1  # does not mean the same in every function; or is made anew from other parts
UNKNOWN = 2  # holds an Unknown
ANONYMOUS = 4  # holds an Unknown of another function
PARTS = 32  # holds an attribute or an item
CALLS = 16  # holds a call, or an item of a display: what it is may be known from elsewhere
METHOD = 8  # holds the result of a call site of the function that calls no plain name

SWITCH = "switch"  # the reason of an Unknown: the loop around only turns it on, or off
Traits: TypeAlias = tuple[int, int, int]  # how many terms, itself included; the longest way down; the flags above

# What most terms end in is told from its kind alone.
_PLAIN: dict[type[object], Traits] = {Const: (1, 0, 0), Ref: (1, 0, 0), Param: (1, 0, OPEN)}
_OPEN = frozenset({Invoke, Element, Comprehension, Given, Phi, Unknown})
_OWN: dict[type[object], int] = {Attr: PARTS, Item: PARTS, Invoke: CALLS}
_note = Noted.__dict__["_traits"].__set__


def traits(term: Term) -> Traits:
    """The traits of a term."""
    try:
        return term._traits
    except AttributeError:
        return _worked_out(term)


def _worked_out(term: Term) -> Traits:
    kind = type(term)
    plain = _PLAIN.get(kind)
    if plain is not None:
        _note(term, plain)
        return plain
    size, height, flags = 1, 0, OPEN if kind in _OPEN else 0
    for part in children(term):
        inner_size, inner_height, inner_flags = traits(part)
        size += inner_size
        flags |= inner_flags
        if inner_height >= height:
            height = inner_height + 1
    flags = _of_its_own(term, kind, flags)
    found = (size, height, flags)
    _note(term, found)
    return found


def _of_its_own(term: Term, kind: type[object], flags: int) -> int:
    """The flags of a term with those of its parts."""
    flags |= _OWN.get(kind, 0)
    if kind is Item and isinstance(strip(term.base), (Sequence, Mapping)):  # type: ignore[union-attr]
        flags |= CALLS
    if kind is Invoke and term.site >= 0 and not isinstance(strip(term.func), Ref):  # type: ignore[union-attr]
        flags |= METHOD
    elif isinstance(term, Phi) and term.on is not None:
        flags |= traits(term.on)[2] & (ANONYMOUS | CALLS | PARTS)  # which of them it is depends on another function, or on what is kept
    elif isinstance(term, Unknown):
        flags = OPEN | UNKNOWN | (ANONYMOUS if term.id < 0 else 0)
    return flags
