"""Whether a call locks the rows that it looks for."""

from __future__ import annotations

from session_lint.analysis.program.events import for_update
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.facts.effects import Effect, EffectKind
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Invoke, Term, chain


def locks(known: Knowledge, full: str, site: CallSite, effect: Effect) -> bool:
    """Whether a call with an effect asks for a lock: `.with_for_update()`, in a query that it is handed, or that a function makes."""
    queries = (site.func, *site.args[:1]) if effect.kind is EffectKind.READ else ()
    return for_update(site.func) or any(query_locks(known, full, one) for one in queries)


def query_locks(known: Knowledge, full: str, query: Term) -> bool:
    """Whether a query locks, also one that a function of the project makes: `locked_carts().filter(...).first()`."""
    made = isinstance(chain(query)[0], Invoke)
    return for_update(query) or (made and for_update(known.readings.expanded(full, Invoke(query)).func))
