"""What is written under a lock on rows or a table has no other writer beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event, buffered, same_rows
from session_lint.analysis.program.mutexes import is_won, let_go, takes
from session_lint.analysis.program.units import Unit, apart
from session_lint.analysis.program.walked import State, Walk
from session_lint.facts.effects import WRITES, EffectKind, Scope, ScopeKind
from session_lint.facts.module_facts import Do, FunctionFacts, Within
from session_lint.facts.terms import Invoke, Param, Term, Unknown, strip, walk


def under_row_lock(event: Event, state: State, walked: Walk, covering: Callable[[Unit | None], tuple[str, ...]]) -> Event:
    """The next event of a walk, locked where rows or the table were locked before it in the same transaction, or a lock was taken that is
    held still. Of one that obtains that is noted in the walk: a lock ends nothing that was obtained. `covering`: the transactions that are
    open; a statement may open one and lock in it, `BEGIN IMMEDIATE`."""
    let_go(event, state, walked)
    if event.kind is EffectKind.READ and event.effect is not None and event.effect.locks and not event.scopes:
        return replace(event, scopes=covering(event.unit))
    if event.locked or event.kind not in WRITES | {EffectKind.OBTAIN} or not _is_held(event, state, walked):
        return event
    if event.kind is EffectKind.OBTAIN:
        walked.serialised.add(len(walked.events))
        return event
    return replace(event, locked=True)


def _is_held(event: Event, state: State, walked: Walk) -> bool:
    for index, ended in state.items():
        lock = walked.events[index]
        if takes(lock):
            return True
        if lock.kind is EffectKind.READ and lock.effect is not None and lock.effect.locks and not ended:
            shared = bool(set(lock.scopes) & set(event.scopes)) or not (lock.scopes or event.scopes)  # one around both, if any
            if shared or (buffered(event) and buffered(lock) and not apart(lock.unit, event.unit)):
                return True
    return False


def keeps(walked: Walk, state: State, scopes: Iterable[str]) -> bool:
    """Whether a lock has been taken in a transaction that is open."""
    locks = (one for index in state if (one := walked.events[index]).effect is not None and one.effect.locks)
    return any(not one.scopes or not set(scopes).isdisjoint(one.scopes) for one in locks)


def keep_inside(walked: Walk, state: State, scope: Scope, name: str) -> None:
    """The locks that what makes the context of a `with` block has taken are taken in the transaction that is open in the block, which goes
    by a name; "" where they are not."""
    context = strip(scope.context) if scope.context is not None else None
    for index in state if name and isinstance(context, Invoke) else ():
        event = walked.events[index]
        if isinstance(context, Invoke) and event.site == context.site and event.effect is not None and event.effect.locks:
            walked.events[index], state[index] = replace(event, scopes=(*event.scopes, name)), False


def rows_locked(walked: Walk, event: Event, number: int, inside: int = -1) -> bool:
    """Whether rows or a table were locked before event `number`, and not in the call `inside`. A lock on the rows that an event is about
    locks nothing where there are none."""
    before = [one for one in walked.events[:number] if one.site != inside]
    return any(one.kind is EffectKind.READ and one.effect is not None and one.effect.locks and not same_rows(one, event) for one in before)


def calls_kept(walked: Walk, spelled: Callable[[Term], Term]) -> frozenset[int]:
    """The call sites at which all that is written below is written under a lock on other rows, or by one request alone."""
    held: dict[int, bool] = {}
    for number, event in enumerate(walked.events):
        if event.callee and event.kind in WRITES | {EffectKind.OBTAIN}:
            locked = (event.locked or number in walked.serialised) and rows_locked(walked, event, number, event.site)
            locked = locked or is_won(event.conditions, spelled)
            held[event.site] = held.get(event.site, True) and locked
    return frozenset(site for site, locked in held.items() if locked)


def is_of_others(facts: FunctionFacts, event: Event) -> bool:
    """Whether each lock that a function holds around an event is for a key that has nothing to do with that of the event."""
    locks = [step for step in steps(facts.body) if isinstance(step, Within) and step.scope.kind is ScopeKind.LOCK]
    around = [lock.scope.context for lock in locks if event.site in _sites(lock)]
    own = _handed(*(value for _, value in event.columns))
    keys = [_handed(lock) for lock in around if lock is not None]
    return bool(own) and bool(keys) and all(key and key.isdisjoint(own) for key in keys)


def _handed(*terms: Term) -> set[Term]:
    """The parameters that values are made of; none where a part of one is not known, or given by a call without any."""
    parts = [part for term in terms for part in walk(term)]
    if any(isinstance(part, Unknown) or (isinstance(part, Invoke) and not any(isinstance(p, Param) for p in walk(part))) for part in parts):
        return set()
    return {part for part in parts if isinstance(part, Param) and part.name not in ("self", "cls")}


def _sites(block: Within) -> set[int]:
    return {step.site for step in steps(block.body) if isinstance(step, Do)}
