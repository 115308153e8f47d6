"""What is known of a term as a whole, worked out once for each term."""

from __future__ import annotations

from typing import NamedTuple

from session_lint.facts.noted import remembered
from session_lint.facts.terms import Attr, Comprehension, Element, Given, Invoke, Param, Phi, Term, Unknown, children


class Traits(NamedTuple):
    """What is known of a term as a whole. A step of a fluent chain adds to `links`, not to `depth`."""

    size: int  # terms, itself included
    height: int  # the longest way down to a part without parts
    depth: int
    links: int
    closed: bool  # means the same in every function: constants and globals, and what is made of them
    unknown: bool  # holds an Unknown
    anonymous: bool  # holds an Unknown of another function


_CONSTANT = Traits(1, 0, 0, 0, closed=True, unknown=False, anonymous=False)
_LOCAL = Traits(1, 0, 0, 0, closed=False, unknown=False, anonymous=False)
_UNSEEN = Traits(1, 0, 0, 0, closed=False, unknown=True, anonymous=False)
_ANONYMOUS = Traits(1, 0, 0, 0, closed=False, unknown=True, anonymous=True)
_OPEN = (Invoke, Element, Comprehension, Given, Phi)  # numbered in their function, or made anew from other parts


@remembered("_traits")
def traits(term: Term) -> Traits:
    """The traits of a term; worked out once for each term."""
    parts = children(term)
    if not parts:
        return _leaf(term)
    inner = [traits(part) for part in parts]
    size = height = depth = links = 0
    closed, unknown, anonymous = not isinstance(term, _OPEN), False, False
    for one in inner:
        size += one[0]
        height = max(height, one[1])
        depth = max(depth, one[2])
        links = max(links, one[3])
        closed = closed and one[4]
        unknown = unknown or one[5]
        anonymous = anonymous or one[6]
    depth += 1
    if isinstance(term, (Attr, Invoke)):
        depth = max(inner[0].depth, *(1 + one.depth for one in inner[1:]), 0)
        links = inner[0].links + 1
    return Traits(size + 1, height + 1, depth, links, closed, unknown, anonymous)


def _leaf(term: Term) -> Traits:
    if isinstance(term, Unknown):
        return _ANONYMOUS if term.id < 0 else _UNSEEN
    return _LOCAL if isinstance(term, (Param, *_OPEN)) else _CONSTANT
