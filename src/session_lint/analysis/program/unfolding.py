"""Values with what functions of the project return in the place of their calls, however they come by it: two keys that are equal then
are computed alike."""

from __future__ import annotations

from session_lint.analysis.program.keys import small, unknown
from session_lint.analysis.program.presence import Written
from session_lint.analysis.program.simplify import Result, exchanged_parts
from session_lint.facts.terms import Invoke, Term, strip
from session_lint.facts.traits import CALLS, traits

_DEPTH = 5  # helpers of helpers


class Unfolding:
    """Terms of one function at one point of its walk. They share their parts, so what a part became is kept."""

    __slots__ = ("_done", "_result")

    def __init__(self, done: Written, result: Result) -> None:
        """`result` gives what a call returns, with what is known of that written out; None where that does not tell."""
        self._done = done
        self._result = result

    def of(self, term: Term, depth: int = _DEPTH) -> Term:
        """The term unfolded, as long as what a call returns calls nothing too often itself."""
        inner = strip(term)
        if depth == 0 or not traits(inner)[2] & CALLS:
            return term
        known = self._done.get((id(inner), depth))
        if known is None:
            known = self._done[id(inner), depth] = inner, self._whole(inner, depth)
        return known[1]

    def _whole(self, inner: Term, depth: int) -> Term:
        whole = exchanged_parts(inner, lambda part: self.of(part, depth))
        found = self._result(whole) if isinstance(whole, Invoke) else None
        if found is None:
            return whole
        told = self.of(found, depth - 1)
        return told if small(told) and not unknown(told) else whole
