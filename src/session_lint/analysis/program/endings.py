"""`link.commit()` of a connection that is known by nothing but what has run on it: here, or in a function that calls this one; and
`link.begin()` of one on which something runs afterwards."""

from __future__ import annotations

from dataclasses import replace

from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.units import Unit
from session_lint.facts.effects import WRITES, Effect, EffectKind
from session_lint.facts.module_facts import CallSite, Within
from session_lint.facts.terms import Attr, Invoke, strip

_ENDINGS = {"commit": EffectKind.COMMIT, "rollback": EffectKind.ROLLBACK}
_BEGINNINGS = frozenset({"begin", "start_transaction"})  # of the drivers of MySQL: they return nothing that is to be ended


def may_end(site: CallSite) -> Effect | None:
    """The effect that a call has if it is of a connection."""
    kind = _ENDINGS.get(name_of(site.func) or "")
    if kind is None or site.args or site.kwargs or not isinstance(site.func, Attr):
        return None
    return Effect(kind, "", connection=site.func.base)


def beginning(known: Knowledge, full: str, site: CallSite) -> Effect | None:
    """The effect that a call has if it is of a connection on which the function runs something. What is kept of such a call, or is the
    context of a block, is a transaction that ends by itself."""
    if (name_of(site.func) or "") not in _BEGINNINGS or site.args or site.target or not isinstance(site.func, Attr):
        return None
    facts, unit = known.facts[full], known.units.of(site.func.base, full)
    scopes = (step.scope.context for step in steps(facts.body) if isinstance(step, Within) and step.scope.context is not None)
    if unit is None or any(isinstance(context := strip(one), Invoke) and context.site == site.index for one in scopes):
        return None
    run = (effect for call in facts.calls for effect in call.effects if effect.kind in WRITES and effect.connection is not None)
    first = next((effect for effect in run if known.units.of(effect.connection, full) == unit), None)
    return Effect(EffectKind.BEGIN, first.client, connection=site.func.base, autocommit=False) if first is not None else None


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
