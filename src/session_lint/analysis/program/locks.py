"""What is written under a lock on rows or a table has no other writer beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from session_lint.analysis.program.events import Event, buffered
from session_lint.analysis.program.units import apart
from session_lint.analysis.program.walked import State
from session_lint.facts.effects import WRITES, EffectKind


def under_row_lock(event: Event, state: State, events: Sequence[Event]) -> Event:
    """The event, locked where rows or the table were locked before it in the same transaction."""
    if event.kind not in WRITES or event.locked:
        return event
    for index, ended in state.items():
        lock = events[index]
        if lock.kind is EffectKind.READ and lock.effect is not None and lock.effect.locks and not ended:
            shared = bool(set(lock.scopes) & set(event.scopes)) or not (lock.scopes or event.scopes)  # one around both, if any
            if shared or (buffered(event) and buffered(lock) and not apart(lock.unit, event.unit)):
                return replace(event, locked=True)
    return event
