"""Get-or-creates that have no function of their own: a look-up and the insert of what is missing, in the middle of something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from session_lint.analysis.program.blocks import steps, with_tests
from session_lint.analysis.program.events import Summary, same_resource
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.lookups import Lookup, Rows, lookups, several
from session_lint.analysis.program.obtaining import Getters
from session_lint.analysis.program.setters import only_sets
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import CallSite, Condition, Do, Exit, FunctionFacts, Step, Store
from session_lint.facts.terms import Invoke, Ref, Term, strip, walk


def inline(known: Knowledge, getters: Getters, full: str, walked: Walk, summary: Summary) -> Mapping[int, Lookup]:
    """The look-ups of a function that make a record when it is missing and go on with it, by the call site that looks."""
    facts, function = known.facts[full], known.symbols.functions.get(full)
    if function is None or known.names.denied(full) or summary.memoised or summary.remembered is not None:
        return {}
    rows = Rows(facts, known.symbols, partial(known.spelled, full), walked)
    found: dict[int, Lookup] = {}
    for one in lookups(walked, rows):
        own = summary.getter is not None and not summary.wraps
        if not one.missing or one.read.site in found or one.read.site == one.insert.site or _asks_for_several(one, facts, rows):
            continue
        if own and not _obtained_besides(one, walked, rows.returned(), full):
            continue  # a getter is atomic
        if getters.writes_into(full, walked, one) and only_sets(walked, set(one.sites)):
            continue  # a setter obtains nothing
        if _is_used(one, facts, rows) or _is_captured(one, known, full):
            found[one.read.site] = replace(one, fetched=rows.fetching(one.sites))
    return found


def _asks_for_several(one: Lookup, facts: FunctionFacts, rows: Rows) -> bool:
    return any(several(rows.spelled(term)) for term in map(strip, _tested(one, facts, rows)))


def _obtained_besides(one: Lookup, walked: Walk, returned: set[int], full: str) -> bool:
    """Whether a getter calls others for the record that it has just obtained."""
    return any(
        event.kind is EffectKind.OBTAIN
        and len(event.path) > 1
        and event.callee != full
        and not event.fallback
        and event.site not in {one.read.site, one.insert.site} | returned
        and same_resource(event.resource, one.read.resource)
        for event in walked.events
    )


def _is_used(one: Lookup, facts: FunctionFacts, rows: Rows) -> bool:
    """Whether the function goes on with the record, whichever way it came by it."""
    tested = {part.site for term in _tested(one, facts, rows) for part in walk(term) if isinstance(part, Invoke)}
    for step, conditions in with_tests(facts.body, ()):
        if any(one.sites & rows.of(condition.term) for condition in conditions) or (isinstance(step, Do) and step.site in tested):
            continue
        if any(isinstance(part, Invoke) and part.site in one.sites for term in _terms(step, facts.calls) for part in walk(term)):
            return True
    return False


def _is_captured(one: Lookup, known: Knowledge, full: str) -> bool:
    """Whether a function inside takes the record from around it."""
    facts = known.facts[full]
    at = [pair for names in (facts.names, *(names for _, names in facts.moments)) for pair in names]
    holding = {f"{full}.{name}" for name, term in at if any(isinstance(part, Invoke) and part.site in one.sites for part in walk(term))}
    inside = (other for name, other in known.facts.items() if name.startswith(f"{full}.")) if holding else ()
    terms = (term for other in inside for step in steps(other.body) for term in _terms(step, other.calls))
    return any(isinstance(part, Ref) and part.name in holding for term in terms for part in walk(term))


def _tested(one: Lookup, facts: FunctionFacts, rows: Rows) -> Iterator[Term]:
    every: Iterator[Condition] = (condition for _, conditions in with_tests(facts.body, ()) for condition in conditions)
    yield from (condition.term for condition in every if one.sites & rows.of(condition.term))


def _terms(step: Step, calls: tuple[CallSite, ...]) -> Iterator[Term]:
    match step:
        case Do(site):
            yield from (calls[site].func, *calls[site].args, *(value for _, value in calls[site].kwargs))
        case Store(target, value):
            yield from (target, value)
        case Exit(_, value) if value is not None:
            yield value
