"""Query sets whose truth is asked: `if not query:`, `len(query) == 0` and `list(query)` fetch their rows, though no call says so.

So is that of an update: `if not query.update(...)` tells that there was no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from session_lint.analysis.program.absence import is_from_first
from session_lint.analysis.program.blocks import conditions
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.membership import Asked, members
from session_lint.analysis.program.related import looked_up
from session_lint.facts.effects import Effect, EffectKind, Selection
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Param, Ref, Sequence, Term, strip

_LAZY = frozenset("all distinct exclude filter find get_queryset limit only order_by select values values_list where".split())  # noqa: SIM905
_FETCHING = frozenset(f"builtins.{name}" for name in ("any", "bool", "len", "list", "set", "sorted", "tuple"))
_CHANGING = frozenset({"update", "aupdate"})  # of a query: how many rows it has changed tells whether there were some
_ASKING, _TAKING = "exists", "first"  # of every client that has such queries, and of one whose query changes rows


def asked(known: Knowledge, full: str, module: str, site: CallSite) -> tuple[Effect, ...]:
    """What a call does of which a test of the function asks whether it has rows: what a call does that asks that. Else what a look-up of
    rows does that a record has."""
    told = site.index in tested(known.facts[full]) or _is_tested_below(known, full, site.index)
    query = _query(known, full, site) if told else None
    if query is None:
        return looked_up(known, full, module, site)
    if isinstance(query.func, Attr) and query.func.name in _CHANGING:
        return known.readings.read(full, module, Invoke(Attr(query.func.base, _TAKING), (), (), site.index))
    return known.readings.read(full, module, Invoke(Attr(query, _ASKING), (), (), site.index))


def with_members(known: Knowledge, full: str, module: str, site: CallSite, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects of a call, with the look-ups that tests of the function make of the rows that it fetches: by one column more each."""
    wanted = members(known.facts[full]).get(site.index, ())
    if not wanted:
        return effects
    fetched = [one for one in effects if one.kind is EffectKind.READ]
    query = _query(known, full, site) if not fetched and any(one.sites[0] == site.index for one in wanted) else None
    if query is not None:
        fetched += known.readings.read(full, module, Invoke(Attr(query, _ASKING), (), (), site.index))
    return (*effects, *(_by_member(effect, one) for effect in fetched for one in wanted))


def _by_member(effect: Effect, one: Asked) -> Effect:
    return replace(effect, columns=(*effect.columns, (one.column, one.value)), selection=Selection.KEY)


def _query(known: Knowledge, full: str, site: CallSite) -> Invoke | None:
    """The query that a call makes; of one of a function of the project, what that returns."""
    call: Term = Invoke(site.func, site.args, site.kwargs, site.index)
    if name_of(site.func) not in _LAZY | _CHANGING:
        call = strip(known.spelled(full, call))
    return call if isinstance(call, Invoke) and isinstance(call.func, Attr) and call.func.name in _LAZY | _CHANGING else None


@by_identity
def tested(facts: FunctionFacts) -> frozenset[int]:
    """The call sites of a function that give what a test asks of whether it has rows."""
    found = (part for test in conditions(facts.body) for part in rows_asked(strip(test.term)))
    return frozenset(part.site for part in found if isinstance(part, Invoke) and part.site >= 0)


@by_identity
def _parameters(facts: FunctionFacts) -> frozenset[str]:
    """The parameters of a function of which a test asks whether they have rows."""
    return frozenset(part.name for test in conditions(facts.body) for part in rows_asked(strip(test.term)) if isinstance(part, Param))


@by_identity
def _takers(facts: FunctionFacts) -> Mapping[int, tuple[int, ...]]:
    """Of each call site whose result is handed to other calls, which those are."""
    found: dict[int, list[int]] = {}
    for call in facts.calls:
        for term in (*call.args, *(value for _, value in call.kwargs)):
            if isinstance(given := strip(term), Invoke) and given.site >= 0:
                found.setdefault(given.site, []).append(call.index)
    return {site: tuple(calls) for site, calls in found.items()}


def _is_tested_below(known: Knowledge, full: str, site: int) -> bool:
    """Whether what a call site gives is handed to a function of the project that asks whether it has rows."""
    facts = known.facts[full]
    for call in (facts.calls[number] for number in _takers(facts).get(site, ())):
        for target in known.resolver.resolve(full, call).targets:
            names = _parameters(known.facts[target.full]) if target.full in known.facts else frozenset()
            values = known.resolver.bind(target, call).values if names else {}
            if any(isinstance(one := strip(values[name]), Invoke) and one.site == site for name in names & values.keys()):
                return True
    return False


def rows_asked(term: Term) -> Iterator[Term]:
    """What a test asks whether it has rows."""
    match term:
        case Op("not" | "and" | "or", parts):
            for part in parts:
                yield from rows_asked(strip(part))
        case Op(_, (left, right)) if isinstance(strip(right), (Const, Sequence)):
            yield from rows_asked(strip(left))
        case Invoke(Ref(name), (first, *_)) if name in _FETCHING:
            yield from rows_asked(strip(first))
        case Item(rows, part) if is_from_first(part):
            yield from rows_asked(strip(rows))
        case _:
            yield term
