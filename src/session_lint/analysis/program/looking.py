"""Look-ups on what a function is handed: which rows they are of, its callers know."""

from __future__ import annotations

from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.values import RowsValue
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Invoke, Param, strip


def is_of_caller(known: Knowledge, full: str, site: CallSite) -> bool:
    """Whether a look-up is made on rows that were handed in, or is all that the function gives: `return query.first()`."""
    on = strip(site.func.base) if isinstance(site.func, Attr) else None
    if not isinstance(on, Param):
        return False
    given = [strip(one) for one in known.facts[full].returns]
    if len(given) == 1 and isinstance(given[0], Invoke) and given[0].site == site.index:
        return True
    return any(isinstance(value, RowsValue) for value in known.resolver.inference.infer(on, full))
