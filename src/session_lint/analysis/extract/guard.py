"""Keeping terms small: a rule never needs a deep one, and everything downstream is linear in their size."""

from __future__ import annotations

from typing import TypeAlias

from session_lint.facts.noted import Noted
from session_lint.facts.terms import Attr, Const, Invoke, Param, Ref, Term, children

_DEPTH = 25
_SIZE = 200
_LINKS = 120  # a fluent chain of 60 calls: an attribute and a call each
_CHAIN_SIZE = 800

Measure: TypeAlias = tuple[int, int, int]

_LEAF = (0, 1, 0)
_LEAVES = frozenset({Const, Ref, Param})
_CHAINED = frozenset({Attr, Invoke})
_note = Noted.__dict__["_measure"].__set__


def fits(term: Term) -> bool:
    """Whether a term is small enough to be kept. Long fluent chains are; what is nested or wide is not."""
    if type(term) in _LEAVES:
        return True
    depth, size, links = _measure(term)
    return depth <= _DEPTH and links <= _LINKS and size <= (_SIZE if links < 8 else _CHAIN_SIZE)


def _measure(term: Term) -> Measure:
    """Depth, size and links of a term. Parts are shared between terms, so every measure is remembered."""
    kind = type(term)
    if kind in _LEAVES:
        return _LEAF
    try:
        return term._measure
    except AttributeError:
        pass
    parts = children(term)
    depth, size, links = (0, 1, 0)
    if parts:
        first, *rest = map(_measure, parts)
        size += first[1]
        if kind in _CHAINED:  # a link adds nothing to the depth of what it is on
            depth, links = first[0], first[2] + 1
            for inner in rest:
                depth = max(depth, 1 + inner[0])
                size += inner[1]
        else:
            depth, links = 1 + first[0], first[2]
            for inner in rest:
                depth = max(depth, 1 + inner[0])
                size += inner[1]
                links = max(links, inner[2])
    found = (depth, size, links)
    _note(term, found)
    return found
