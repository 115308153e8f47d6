"""Keeping terms small: a rule never needs a deep one, and everything downstream is linear in their size."""

from __future__ import annotations

from session_lint.facts.terms import Attr, Invoke, Term, children

_DEPTH = 25
_SIZE = 200
_LINKS = 120  # a fluent chain of 60 calls: an attribute and a call each
_CHAIN_SIZE = 800

Measure = tuple[int, int, int]


class Scale:
    """Measures terms. Parts are shared between terms, so every measure is remembered."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, tuple[Term, Measure]] = {}  # the term is kept so that its id stays its own

    def fits(self, term: Term) -> bool:
        """Whether a term is small enough to be kept. Long fluent chains are; what is nested or wide is not."""
        depth, size, links = self._measure(term)
        return depth <= _DEPTH and links <= _LINKS and size <= (_SIZE if links < 8 else _CHAIN_SIZE)

    def _measure(self, term: Term) -> Measure:
        known = self._known.get(id(term))
        if known is not None:
            return known[1]
        parts = children(term)
        measure = (0, 1, 0)
        if parts:
            measures = [self._measure(part) for part in parts]
            size = 1 + sum(m[1] for m in measures)
            if isinstance(term, (Attr, Invoke)):
                depth = max(measures[0][0], *(1 + m[0] for m in measures[1:]), 0)
                measure = (depth, size, measures[0][2] + 1)
            else:
                measure = (1 + max(m[0] for m in measures), size, max(m[2] for m in measures))
        self._known[id(term)] = (term, measure)
        return measure
