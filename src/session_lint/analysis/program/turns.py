"""What stays the same from one turn of a loop to the next."""

from __future__ import annotations

import re

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of, volatile
from session_lint.analysis.program.places import normalise_path
from session_lint.facts.module_facts import FunctionFacts, Loop, Store
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Element, Invoke, Item, Op, Param, Term, Unknown, strip, walk

_ANEW = re.compile(r"_*a?(?:create|make|generate|gen|new|fake|random)(?:_|$)")
_FILLING = {"add", "append", "update", "extend", "insert", "setdefault"}
_WAITING = {"sleep", "wait", "wait_for", "poll", "recv", "receive", "accept", "select", "read_message", "get_message", "fetch_message"}


def waits(facts: FunctionFacts, number: int) -> bool:
    """A loop that sleeps or waits for input polls: it wants a fresh record in every turn."""
    return any(number in site.loops and name_of(site.func) in _WAITING for site in facts.calls)


def invariant(facts: FunctionFacts, event: Event, number: int) -> bool:
    """Whether each turn of the loop has the event for the same record."""
    terms = [value for _, value in event.columns] + [t for t in (event.resource,) if t is not None]
    if any(volatile(t) or _varies(facts, t, number) for t in terms):
        return False
    if any(made_anew(t) for t in terms):
        return False
    return not any(_once(facts, c.term, number) if c.holds else _wanting(facts, event, c.term, number) for c in event.conditions)


def _wanting(facts: FunctionFacts, event: Event, term: Term, number: int) -> bool:
    """Whether it happens for what is missing: `if row not in rows:` about a collection that nothing is put into only skips elements."""
    if isinstance(term, Op) and term.kind == "in" and isinstance(strip(term.operands[-1]), (Param, Element)):
        held = strip(term.operands[-1])
        if not any(isinstance(s.func, Attr) and s.func.name in _FILLING and strip(s.func.base) == held for s in facts.calls):
            return False
    if isinstance(term, Attr) and isinstance(strip(term.base), Element) and not _goes_into(facts, event, strip(term.base)):
        return False  # `if part.skip: continue` chooses among elements
    return _varies(facts, term, number)


def _goes_into(facts: FunctionFacts, event: Event, element: Term) -> bool:
    """Whether what is obtained is put into an element that is without it: `if row.owner is None: row.owner = get()`."""
    stored = any(isinstance(s, Store) and element in set(walk(s.target)) and _is_of(s.value, event) for s in steps(facts.body))
    return stored or any(
        isinstance(call.func, Attr) and strip(call.func.base) == element and any(_is_of(arg, event) for arg in call.args)
        for call in facts.calls
    )


def _is_of(value: Term, event: Event) -> bool:
    return any(isinstance(part, Invoke) and part.site == event.site for part in walk(value))


def made_anew(term: Term) -> bool:
    """A part of the key is made by a callee (`create_address()`): another one in each call."""
    return any(isinstance(t, Invoke) and t.site < 0 and _ANEW.match(name_of(t.func) or "") for t in walk(term))


def _once(facts: FunctionFacts, term: Term, number: int) -> bool:
    """`if name == DEFAULT:` about the loop variable itself: true for one element at most."""
    if not isinstance(term, Op) or term.kind != "==":
        return False
    varying = [_varies(facts, operand, number) for operand in term.operands]
    return any(varying) and not all(varying) and any(isinstance(strip(operand), Element) for operand in term.operands)


def moves_on(target: Term, value: Term) -> bool:
    """Whether what is stored is made of what was there: `numbers["user"] += 1`."""
    place = normalise_path(target)
    return any(isinstance(part, (Attr, Item)) and normalise_path(part) == place for part in walk(value))


@by_identity
def _counted(facts: FunctionFacts) -> dict[int, frozenset[Term]]:
    """By loop, the places that it counts up, or adds to, in each turn."""
    found: dict[int, frozenset[Term]] = {}
    for loop in steps(facts.body):
        if isinstance(loop, Loop):
            stores = (step for step in steps(loop.body) if isinstance(step, Store))
            places = frozenset([normalise_path(store.target) for store in stores if moves_on(store.target, store.value)])
            found[loop.number] = found.get(loop.number, frozenset()) | places
    return found


def _varies(facts: FunctionFacts, term: Term, number: int) -> bool:
    counted = _counted(facts).get(number)
    if counted and any(isinstance(part, (Attr, Item)) and normalise_path(part) in counted for part in walk(term)):
        return True
    inside = {s.index for s in facts.calls if number in s.loops}
    for part in walk(term):
        loop = getattr(part, "loop", None)
        if loop is not None and (loop == number or loop in _inner(facts, number)):
            return True
        if isinstance(part, Unknown):
            return True
        if isinstance(part, Invoke) and part.site in inside:
            return True
    return False


def _inner(facts: FunctionFacts, number: int) -> set[int]:
    return {n for s in facts.calls if number in s.loops for n in s.loops[s.loops.index(number) :]}
