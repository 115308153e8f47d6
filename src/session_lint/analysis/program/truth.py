"""Query sets whose truth is asked: `if not query:`, `len(query) == 0` and `list(query)` fetch their rows, though no call says so.

So is that of an update: `if not query.update(...)` tells that there was no row.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.blocks import conditions
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.related import looked_up
from session_lint.facts.effects import Effect
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Const, Invoke, Op, Ref, Sequence, Term, strip

_LAZY = frozenset("all distinct exclude filter find get_queryset only order_by select values values_list where".split())  # noqa: SIM905
_FETCHING = frozenset(f"builtins.{name}" for name in ("any", "bool", "len", "list", "set", "sorted", "tuple"))
_CHANGING = frozenset({"update", "aupdate"})  # of a query: how many rows it has changed tells whether there were some
_ASKING, _TAKING = "exists", "first"  # of every client that has such queries, and of one whose query changes rows


def asked(known: Knowledge, full: str, module: str, site: CallSite) -> tuple[Effect, ...]:
    """What a call does of which a test of the function asks whether it has rows: what a call does that asks that. Else what a look-up of
    rows does that a record has."""
    query = _query(known, full, site) if site.index in tested(known.facts[full]) else None
    if query is None:
        return looked_up(known, full, module, site)
    if isinstance(query.func, Attr) and query.func.name in _CHANGING:
        return known.readings.read(full, module, Invoke(Attr(query.func.base, _TAKING), (), (), site.index))
    return known.readings.read(full, module, Invoke(Attr(query, _ASKING), (), (), site.index))


def _query(known: Knowledge, full: str, site: CallSite) -> Invoke | None:
    """The query that a call makes; of one of a function of the project, what that returns."""
    call: Term = Invoke(site.func, site.args, site.kwargs, site.index)
    if name_of(site.func) not in _LAZY | _CHANGING:
        call = strip(known.spelled(full, call))
    return call if isinstance(call, Invoke) and isinstance(call.func, Attr) and call.func.name in _LAZY | _CHANGING else None


@by_identity
def tested(facts: FunctionFacts) -> frozenset[int]:
    """The call sites of a function that give what a test asks of whether it has rows."""
    return frozenset(site for test in conditions(facts.body) for site in _sites(strip(test.term)))


def _sites(term: Term) -> Iterator[int]:
    match term:
        case Op("not" | "and" | "or", parts):
            for part in parts:
                yield from _sites(strip(part))
        case Op(_, (left, right)) if isinstance(strip(right), (Const, Sequence)):
            yield from _sites(strip(left))
        case Invoke(Ref(name), (first, *_)) if name in _FETCHING:
            yield from _sites(strip(first))
        case Invoke(_) if term.site >= 0:
            yield term.site
