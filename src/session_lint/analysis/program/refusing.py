"""Functions that refuse a row that is there: they want a new one, and to read the one that is found would be no answer."""

from __future__ import annotations

from session_lint.analysis.program.absence import wants_some
from session_lint.analysis.program.blocks import with_tests
from session_lint.analysis.program.events import Event, same_rows
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import Condition, Exit
from session_lint.facts.terms import Invoke, Mapping, Sequence, Term, strip, walk


def refuses(read: Event, walked: Walk, rows: Rows) -> bool:
    """Whether a row that the look-up finds is an error, whatever else holds: it is raised, or something else than that row is returned,
    such as a response."""
    if read.empty:
        return True
    given = {one.site for one in walked.events if one.kind in (EffectKind.READ, EffectKind.OBTAIN) and same_rows(one, read)}
    for step, tests in with_tests(rows.facts.body, ()):
        found = isinstance(step, Exit) and _always(tests, read, rows)
        if found and isinstance(step, Exit) and (step.kind == "raise" or (step.kind == "return" and _is_other(step.value, given, rows))):
            return True
    return False


def _always(tests: tuple[Condition, ...], read: Event, rows: Rows) -> bool:
    """Whether some tests hold wherever a row is found: a row that is refused for something else may be had all the same."""
    others = [test for test in tests if not wants_some(test, read, rows.of)]
    return len(others) < len(tests) and all(test in read.conditions for test in others)


def _is_other(value: Term | None, given: set[int], rows: Rows) -> bool:
    """Whether something is returned that is made of none of the rows that were looked up."""
    inner = strip(value) if value is not None else None
    if not isinstance(inner, (Invoke, Mapping, Sequence)) or rows.of(inner) & given:
        return False
    return not any(isinstance(part, Invoke) and part.site in given for part in walk(inner))
