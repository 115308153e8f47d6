"""What must not be empty for an event to happen: what the loops around it run over, and what its rows are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.exclusion import contradicts
from session_lint.analysis.program.views import viewed
from session_lint.facts.module_facts import Condition, FunctionFacts, Loop
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Const, Element, Invoke, Item, Mapping, Op, Phi, Ref, Sequence, Term, strip, walk

# methods that give all of a collection or query, or tell whether there is anything in it
_WHOLE = {"all", "count", "exists", "first", "items", "iterator", "last", "one_or_none", "order_by", "scalars", "values"}
_PASSING = {"builtins.enumerate", "builtins.len", "builtins.bool"}


def excludes(first: Event, second: Event) -> bool:
    """Whether two events cannot happen in one execution: by the tests around them, or because one is for each of what the other finds
    to be empty."""
    if contradicts(first.conditions, second.conditions):
        return True
    mine, other = filled(first), filled(second)
    return bool(mine and contradicts(mine, _of_collections(second.conditions))) or bool(
        other and contradicts(_of_collections(first.conditions), other)
    )


def around(facts: FunctionFacts, loops: Iterable[int]) -> tuple[Term, ...]:
    """What the loops around a call run over."""
    sources = _sources(facts) if loops else {}
    return tuple(sources[number] for number in loops if number in sources)


@by_identity
def _sources(facts: FunctionFacts) -> dict[int, Term]:
    return {step.number: step.source for step in steps(facts.body) if isinstance(step, Loop) and step.source is not None}


def filled(event: Event) -> tuple[Condition, ...]:
    """That each of the collections is not empty for whose elements the event happens."""
    columns = [value for _, value in event.columns] if event.effect is not None and event.effect.many else []
    found = dict.fromkeys((*event.over, *(source for value in columns for source in _elements(value))))
    inner = (source for one in found for source in _elements(one))
    return tuple(Condition(collection(source), holds=True) for source in dict.fromkeys((*found, *inner)))


def _elements(term: Term) -> Iterator[Term]:
    return (part.source for part in walk(term) if isinstance(part, Element))


@by_identity
def _of_collections(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(Condition(collection(one.term), one.holds) for one in conditions)


def collection(term: Term) -> Term:
    """The collection or query that a value is all of, or that it tells something of: `rows.exists()`, `enumerate(rows)`, `rows or []`."""
    while True:
        match viewed(term):
            case Invoke(Attr(base, name), (), ()) if name in _WHOLE:
                term = base
            case Invoke(Ref(name), (first, *_), _) if name in _PASSING:
                term = first
            case Phi(options) if len(left := _alternatives(options)) == 1:
                term = left[0]
            case Item(base, Op("slice", (Const(start), Const(end), _))) if not start and _takes_any(end):
                term = base
            case whole:
                return whole


def _alternatives(options: tuple[Term, ...]) -> list[Term]:
    """The collections that a choice is between, but for empty ones."""
    return list(dict.fromkeys(collection(one) for one in options if not _empty(strip(one))))


def _takes_any(end: object) -> bool:
    """Whether `rows[:end]` is empty only where `rows` is."""
    return isinstance(end, int) and end > 0


def _empty(term: Term) -> bool:
    match term:
        case Const(value):
            return not value
        case Sequence(_, items):
            return not items
        case Mapping(entries):
            return not entries
    return False
