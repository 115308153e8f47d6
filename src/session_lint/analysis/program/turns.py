"""What stays the same from one turn of a loop to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import name_of, volatile
from session_lint.analysis.program.lambdas import is_lambda
from session_lint.analysis.program.places import normalise_path
from session_lint.facts.module_facts import CallSite, Condition, Exit, FunctionFacts, Loop, Store
from session_lint.facts.noted import by_identity
from session_lint.facts.terms import Attr, Const, Element, Invoke, Item, Op, Param, Phi, Ref, Sequence, Term, Unknown, strip, walk
from session_lint.facts.traits import SWITCH

_ANEW = re.compile(r"_*a?(?:create|make|generate|gen|new|fake|random)(?:_|$)")
_KNOWN_BY = re.compile(r"(^|_)(id|pk|key|slug|code|uuid|uid|email|number|index|position)$|name$")
_FILLING = {"add", "append", "update", "extend", "insert", "setdefault"}
_COMPARING = frozenset({"==", "<", "<=", ">", ">="})
_COUNTING = frozenset({"range", "count", "repeat", "cycle"})
_WAITING = {"sleep", "wait", "wait_for", "poll", "recv", "receive", "accept", "select", "read_message", "get_message", "fetch_message"}


def waits(facts: FunctionFacts, loop: Loop) -> bool:
    """A loop that sleeps or waits for input polls: it wants a fresh record in every turn. One that works through what it runs over,
    to the end, and only pauses in between, does not."""
    inside = [site for site in facts.calls if loop.number in site.loops]
    waiting = [site for site in inside if name_of(site.func) in _WAITING]
    pausing = all(name_of(site.func) == "sleep" for site in waiting)
    return bool(waiting) and not (pausing and _works_through(loop, inside, waiting))


def _works_through(loop: Loop, inside: list[CallSite], waiting: list[CallSite]) -> bool:
    """Whether each turn is about an element, and no turn is the last one for what it finds: that would be an attempt."""
    if loop.kind != "for" or any(isinstance(step, Exit) and step.kind in {"break", "return"} for step in steps(loop.body)):
        return False
    source = strip(loop.source) if loop.source is not None else None
    if source is None or (isinstance(source, Invoke) and name_of(source.func) in _COUNTING):
        return False
    about = [site for site in inside if any(part.loop == loop.number for part in _elements(site))]
    return bool(about) and not any(site in waiting for site in about)


def _elements(site: CallSite) -> Iterator[Element]:
    handed = (*site.args, *(value for _, value in site.kwargs))
    yield from (part for term in handed for part in walk(term) if isinstance(part, Element))


def invariant(facts: FunctionFacts, event: Event, number: int) -> bool:
    """Whether each turn of the loop has the event for the same record."""
    terms = [value for _, value in event.columns] + [t for t in (event.resource,) if t is not None]
    if any(volatile(t) or varies(facts, t, number) for t in terms):
        return False
    if any(made_anew(t) for t in terms):
        return False
    if once(facts, event, number):
        return False
    return not any(_wanting(facts, event, c.term, number) for c in event.conditions if not c.holds)


def _wanting(facts: FunctionFacts, event: Event, term: Term, number: int) -> bool:
    """Whether it happens for what is missing: `if row not in rows:` about a collection that nothing is put into only skips elements."""
    if isinstance(term, Op) and term.kind == "in" and isinstance(strip(term.operands[-1]), (Param, Element)):
        held = strip(term.operands[-1])
        if not any(isinstance(s.func, Attr) and s.func.name in _FILLING and strip(s.func.base) == held for s in facts.calls):
            return False
    return not _chooses(facts, event, term, number) and varies(facts, term, number)


def _chooses(facts: FunctionFacts, event: Event, term: Term, number: int) -> bool:
    """Whether a test chooses among elements into which nothing that is obtained goes: `if part.skip:`, `if weight <= 0:` and `continue`."""
    if not isinstance(term, Op):
        return isinstance(term, (Attr, Item)) and _is_part(facts, event, term)
    if term.kind in {"and", "or", "not"}:
        return all(_chooses(facts, event, strip(one), number) or not varies(facts, one, number) for one in term.operands)
    varying = [strip(one) for one in term.operands if varies(facts, one, number)]
    known = term.kind in _COMPARING or (term.kind == "in" and isinstance(strip(term.operands[-1]), Sequence))
    return known and all(_is_part(facts, event, one) and not _is_place(term.kind, one) for one in varying)


def _is_part(facts: FunctionFacts, event: Event, term: Term) -> bool:
    """Whether a value is an element of a loop, or a part of one that stays as it is."""
    inner = term
    while isinstance(inner, (Attr, Item)) and not _is_index(inner):
        inner = strip(inner.base)
    return isinstance(inner, Element) and not _is_index(inner) and not _goes_into(facts, event, inner)


def _is_place(kind: str, term: Term) -> bool:
    """Whether a comparison tells the first turns from the others: `if row.position > 0: continue`."""
    return kind in _COMPARING - {"=="} and bool(_KNOWN_BY.search((name_of(term) or "").lower()))


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


def once(facts: FunctionFacts, event: Event, number: int) -> bool:
    """Whether at most one turn of a loop has the event, by the tests around it."""
    return any(_of_one_turn(facts, condition, number) for condition in event.conditions)


def _of_one_turn(facts: FunctionFacts, condition: Condition, number: int) -> bool:
    """`if name == DEFAULT:`, `if number == 0:`, `if row is rows[0]:`, `if first:` of a flag that the loop changes."""
    term = strip(condition.term)
    if isinstance(term, Unknown):
        return term.reason == SWITCH and term.loop == number
    if not condition.holds:
        return _is_index(term) and varies(facts, term, number)
    if not isinstance(term, Op) or term.kind not in {"==", "is"}:
        return False
    varying = [operand for operand in term.operands if varies(facts, operand, number)]
    named = any(isinstance(strip(operand), Const) for operand in term.operands)
    return len(varying) == 1 and _picks_one(strip(varying[0]), named=named)


def _picks_one(term: Term, *, named: bool) -> bool:
    """Whether no two elements of a loop are equal in a value: the element itself, its place, what a `named` one is known by."""
    if isinstance(term, Phi):  # the loop may put another constant in its place
        kept = [option for option in map(strip, term.options) if not isinstance(option, Const)]
        return bool(kept) and all(_picks_one(option, named=named) for option in kept)
    return isinstance(term, Element) or _is_index(term) or (named and bool(_KNOWN_BY.search((name_of(term) or "").lower())))


def _is_index(term: Term) -> bool:
    """`number` of `for number, row in enumerate(rows)`, `index` of `for index in range(9)`."""
    pair = isinstance(term, Item) and term.key == Const(0)
    element = strip(term.base) if pair and isinstance(term, Item) else term
    source = strip(element.source) if isinstance(element, Element) else None
    called = name_of(source.func) if isinstance(source, Invoke) else None
    return called == ("enumerate" if pair else "range")


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


def varies(facts: FunctionFacts, term: Term, number: int) -> bool:
    """Whether a value may be another one in each turn of a loop."""
    counted = _counted(facts).get(number)
    if counted and any(isinstance(part, (Attr, Item)) and normalise_path(part) in counted for part in walk(term)):
        return True
    inside = {s.index for s in facts.calls if number in s.loops}
    for part in walk(term):
        loop = getattr(part, "loop", None)
        if loop is not None and (loop == number or loop in _inner(facts, number)):
            return True
        if isinstance(part, Unknown) or (isinstance(part, Phi) and part.on is not None and _decided_anew(facts, part.on, number)):
            return True
        if isinstance(part, Invoke) and part.site in inside and part.func != Ref("builtins.len"):
            return True
    return False


def _decided_anew(facts: FunctionFacts, on: Term, number: int) -> bool:
    """Whether which of several values it is may be another one in each turn."""
    if isinstance(on, Unknown):
        return on.loop == number or on.loop in _inner(facts, number)
    return varies(facts, on, number) or any(isinstance(part, Invoke) and _is_of_lambda(part) for part in walk(on))


def _is_of_lambda(call: Invoke) -> bool:
    """Whether a lambda answers: what it takes from around it the call does not show."""
    return isinstance(call.func, Ref) and is_lambda(call.func.name)


def _inner(facts: FunctionFacts, number: int) -> set[int]:
    return {n for s in facts.calls if number in s.loops for n in s.loops[s.loops.index(number) :]}
