"""Filters written as documents: `{"a": x, "b": {"$in": [...]}}`, in MongoDB and in vector stores."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.clients.call_shapes import NOTHING, TRUE
from session_lint.clients.row_filters import OPAQUE, Filter, differs, entries, members, ordered
from session_lint.facts.effects import SPREAD, Selection
from session_lint.facts.terms import Mapping, Param, Sequence, Term, strip

_OPERATORS = {"$lt": "<", "$lte": "<=", "$gt": ">", "$gte": ">="}


def conditions(term: Term | None) -> Iterator[Filter]:
    """The conditions of a filter; none of no filter, OPAQUE where it cannot be read."""
    if term is None:
        return
    if not isinstance(strip(term), Mapping):
        yield Filter(SPREAD, term, Selection.UNKNOWN) if isinstance(strip(term), Param) else OPAQUE
        return
    for name, value in entries(strip(term)):
        if name == "$and" and isinstance(strip(value), Sequence):
            yield from (found for part in strip(value).items for found in conditions(part))  # type: ignore[union-attr]
        elif not name or name.startswith("$"):
            yield OPAQUE
        elif isinstance(value, Mapping):
            yield from (operator("id" if name == "_id" else name, sign, operand) for sign, operand in entries(value))
        else:
            yield Filter("id" if name == "_id" else name, value)


def operator(column: str, sign: str, value: Term) -> Filter:
    """`column: {sign: value}`."""
    if sign in ("$in", "$all"):
        return members(column, value)
    if sign == "$eq":
        return Filter(column, value)
    if sign == "$ne":
        return differs(column, value)
    if sign in ("$nin", "$not"):
        return Filter(column, value, Selection.DIFFERENCE)
    if sign == "$exists":
        return differs(column, NOTHING) if value == TRUE else Filter(column, NOTHING)
    if sign in _OPERATORS:
        return ordered(column, value, _OPERATORS[sign])
    return Filter(column, value, Selection.RANGE) if sign.startswith("$") else Filter(column, value)
