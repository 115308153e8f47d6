"""`link.commit()` of a connection that is known by nothing but what has run on it: here, or in a function that calls this one."""

from __future__ import annotations

from dataclasses import replace

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.units import Unit
from session_lint.facts.effects import Effect, EffectKind
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr

_ENDINGS = {"commit": EffectKind.COMMIT, "rollback": EffectKind.ROLLBACK}


def may_end(site: CallSite) -> Effect | None:
    """The effect that a call has if it is of a connection."""
    kind = _ENDINGS.get(name_of(site.func) or "")
    if kind is None or site.args or site.kwargs or not isinstance(site.func, Attr):
        return None
    return Effect(kind, "", connection=site.func.base)


def ended(event: Event, walker: Walking) -> Event:
    """The event as the end of what has run on its connection before; open, for a caller to tell, where nothing has."""
    effect = event.effect
    if effect is None or effect.kind not in _ENDINGS.values() or effect.client:
        return event
    ran = _ran(event.unit, walker)
    if ran is None:
        return replace(event, kind=EffectKind.OPEN)
    _waited(event.unit, walker)
    return replace(event, kind=effect.kind, effect=replace(effect, client=ran.client, autocommit=False))


def _waited(unit: Unit | None, walker: Walking) -> None:
    """Note that what has run on a connection was not final before: somebody ends its transactions. What the code shows stays."""
    events = walker.out.events
    for number, one in enumerate(events):
        if one.effect is not None and one.unit == unit and one.effect.autocommit and not one.final:
            events[number] = replace(one, effect=replace(one.effect, autocommit=False))


def _ran(unit: Unit | None, walker: Walking) -> Effect | None:
    """The first statement that has run on a connection."""
    found = (e.effect for e in walker.out.events if e.effect is not None and unit is not None and e.unit == unit)
    return next((effect for effect in found if effect.connection is not None and effect.client), None)
