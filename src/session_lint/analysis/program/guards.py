"""Guards of an event: a look-up that came back empty, a result that is missing."""

from __future__ import annotations

from collections.abc import Callable

from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.keys import name_of
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Attr, Const, Given, Invoke, Item, Op, Phi, Term, strip, walk


def guarded(walker: Walking, event: Event, never_finds: Callable[[Term], bool]) -> bool:
    """Whether an absent value that guards the event is a look-up for the same record. `never_finds` tells of one that stays empty."""
    keys = {strip(value) for _, value in event.columns}
    rows = event.effect.resource if event.effect is not None else event.resource  # of a relation as it is written
    for condition in walker.conditions:
        term = strip(condition.term)
        if condition.holds:
            continue
        if isinstance(term, (Item, Given)):
            term = strip(term.base)
        if isinstance(term, Op) and term.kind == "in" and strip(term.operands[0]) in keys and not never_finds(term):
            return True
        if rows is not None and isinstance(term, Invoke) and any(_is_of(part, rows, keys) for part in walk(term)):
            return True  # `if find(user.accounts.all(), name) is None: user.accounts.get_or_create(...)`
        if isinstance(term, Invoke) and term.site not in walker.out.obtained and _looks_up(walker, term, event):
            return True
    return False


def _is_of(part: Term, rows: Term, keys: set[Term]) -> bool:
    """Whether a part of a test is such a relation, of the record in the key."""
    return isinstance(part, Attr) and (part == rows or (part.name == name_of(rows) and strip(part.base) in keys))


def _looks_up(walker: Walking, call: Invoke, event: Event) -> bool:
    """Whether the call looks for the record that the event obtains: it fills the same variable, or reads the same table."""
    site = next((s for s in walker.facts.calls if s.index == call.site), None)
    if site is not None and site.target and site.target == event.target:
        return True
    reads = (e for e in walker.out.events if e.site == call.site and e.kind is EffectKind.READ)
    return any(same_resource(read.resource, event.resource) for read in reads)


def wants_absence(event: Event, site: int) -> bool:
    """Whether the event happens only when the result of that call is missing: `s = None; if x: s = get(); if not s: s = get()`."""
    return any(not c.holds and site in _possible_sites(c.term) for c in event.conditions)


def _possible_sites(term: Term) -> set[int]:
    term = strip(term)
    if isinstance(term, Phi):
        return {site for option in term.options for site in _possible_sites(option)}
    if isinstance(term, Item) and term.key == Const(0):
        return _possible_sites(term.base)
    return {term.site} if isinstance(term, Invoke) else set()


def fails(conditions: tuple[Condition, ...], walker: Walking) -> bool:
    """Whether one of some tests is known to fail."""
    return any(walker.presence.holds(one) is False for one in conditions)
