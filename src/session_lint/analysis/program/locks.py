"""What is written under a lock on rows or a table has no other writer beside it."""

from __future__ import annotations

from dataclasses import replace

from session_lint.analysis.program.events import Event, buffered
from session_lint.analysis.program.units import apart
from session_lint.analysis.program.walked import State, Walk
from session_lint.facts.effects import WRITES, EffectKind


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
