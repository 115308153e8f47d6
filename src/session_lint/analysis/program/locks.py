"""What is written under a lock on rows or a table has no other writer beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from session_lint.analysis.program.events import Event, buffered, same_rows
from session_lint.analysis.program.units import apart
from session_lint.analysis.program.values import OutsideValue, Value
from session_lint.analysis.program.walked import State, Walk
from session_lint.facts.effects import WRITES, EffectKind
from session_lint.facts.telling_names import names_lock


def under_row_lock(event: Event, state: State, walked: Walk) -> Event:
    """The next event of a walk, locked where rows or the table were locked before it in the same transaction. Of one that obtains that is
    noted in the walk: a lock ends nothing that was obtained."""
    if event.locked or event.kind not in WRITES | {EffectKind.OBTAIN} or not _is_held(event, state, walked):
        return event
    if event.kind is EffectKind.OBTAIN:
        walked.serialised.add(len(walked.events))
        return event
    return replace(event, locked=True)


def _is_held(event: Event, state: State, walked: Walk) -> bool:
    for index, ended in state.items():
        lock = walked.events[index]
        if lock.kind is EffectKind.READ and lock.effect is not None and lock.effect.locks and not ended:
            shared = bool(set(lock.scopes) & set(event.scopes)) or not (lock.scopes or event.scopes)  # one around both, if any
            if shared or (buffered(event) and buffered(lock) and not apart(lock.unit, event.unit)):
                return True
    return False


def rows_locked(walked: Walk, event: Event, number: int) -> bool:
    """Whether rows or a table were locked before event `number`. A lock on the rows that an event is about locks nothing where there are
    none."""
    before = walked.events[:number]
    return any(one.kind is EffectKind.READ and one.effect is not None and one.effect.locks and not same_rows(one, event) for one in before)


def calls_under_rows(walked: Walk) -> frozenset[int]:
    """The call sites at which all that is written below is written under a lock on other rows."""
    held: dict[int, bool] = {}
    for number, event in enumerate(walked.events):
        if event.callee and event.kind in WRITES | {EffectKind.OBTAIN}:
            locked = (event.locked or number in walked.serialised) and rows_locked(walked, event, number)
            held[event.site] = held.get(event.site, True) and locked
    return frozenset(site for site, locked in held.items() if locked)


def is_lock(values: Iterable[Value]) -> bool:
    """Whether a value is a lock of a library, whatever it is called: `guard = asyncio.Lock()`."""
    return any(isinstance(value, OutsideValue) and names_lock(value.full.removesuffix("()").rpartition(".")[2]) for value in values)
