"""What a function that looks a row up tells its callers of it: by what it returns, or by returning at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from session_lint.analysis.program.absence import says, wants_none, wants_some
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.walked import Walk
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Const, Mapping, Sequence, Term, strip

End = tuple[Term | None, tuple[Condition, ...]]  # what a function returns, and the tests that lead there


def answered(read: Event, walked: Walk, rows: Rows) -> Event:
    """The look-up with what its function tells of it: that it was empty, since a row is an error; whether its answer is that of the row."""
    empty = read.empty or (bool(walked.ends) and all(any(wants_none(c, read, rows.of) for c in tests) for _, tests in walked.ends))
    told = set(_told(read, walked, rows))
    mute = not told and all(value is None for value, _ in walked.ends)  # the cursor that it was handed has the row
    tells = told.pop() if len(told) == 1 else read.tells if mute else None
    return read if empty is read.empty and tells is read.tells else replace(read, empty=empty, tells=tells)


def _told(read: Event, walked: Walk, rows: Rows) -> Iterator[bool]:
    """What each end of the function says of the row."""
    for value, tests in walked.ends:
        direct = says(value, read, rows.of) if value is not None else None
        found = any(wants_some(c, read, rows.of) for c in tests)
        missing = any(wants_none(c, read, rows.of) for c in tests)
        if direct is not None:
            yield direct
        elif found is not missing:
            yield _is_true(value) is found


def _is_true(value: Term | None) -> bool:
    """Whether a value counts as true, as far as it is a literal: an object is."""
    inner = strip(value) if value is not None else Const(None)
    match inner:
        case Const(literal):
            return bool(literal)
        case Sequence(_, parts):
            return bool(parts)
        case Mapping(entries):
            return bool(entries)
    return True
