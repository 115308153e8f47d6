"""What the effects of a callee are for one caller: their terms in its terms, and what the callee left open read at last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from session_lint.analysis.program.assigned import Assigned
from session_lint.analysis.program.events import Event, key_text, substitute_columns
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.keys import name_of, small
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.simplify import filled
from session_lint.analysis.program.substitution import HANDED, substitute
from session_lint.analysis.program.unclear import is_unclear, reread
from session_lint.analysis.program.units import Unit
from session_lint.facts.effects import WRITES, Effect, EffectKind
from session_lint.facts.terms import Attr, Const, Invoke, Item, Op, Ref, Template, Term, root, strip


class Binder:
    """Puts arguments in the place of parameters, in events."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self.assigned = Assigned(known)

    def final(self, effect: Effect, full: str) -> tuple[Effect, bool]:
        """The effect with what the value of its connection says of commits, and whether the code shows that it is final at once."""
        if effect.kind not in WRITES:
            return effect, False
        if isinstance(effect.connection, Op) and effect.connection.kind == HANDED:  # a part of `*args`: whoever hands it in tells of it
            return effect, False
        if effect.connection is None or isinstance(effect.connection, Op):  # a client that commits each call unless a block says otherwise
            return effect, effect.autocommit
        final = self._known.units.autocommits(effect.connection, full)
        if final is None:  # nobody tells of it, but a driver that has cursors waits for a commit
            by_cursor = effect.autocommit and isinstance(effect.connection, Invoke) and name_of(effect.connection.func) == "cursor"
            return replace(effect, autocommit=False) if by_cursor else effect, False
        return effect if final is effect.autocommit else replace(effect, autocommit=final), final

    def open_call(self, effect: Effect, full: str, call: Invoke) -> Invoke | None:
        """The call, when a caller may tell more of what it does."""
        if effect.kind is not EffectKind.OPEN and not is_unclear(effect):
            return None
        whole = effect.kind is not EffectKind.OPEN
        if not self._known.readings.is_open(call, whole=whole):
            return None
        spelled = self._known.readings.expanded(full, call)
        return spelled if self._known.readings.is_open(spelled, whole=whole) and small(spelled) else None

    def bound(self, event: Event, full: str, site: int, values: Mapping[str, Term], walker: Walking) -> Iterator[Event]:
        """The event in terms of the caller `full`; several when the call turns out to do several things, none when it does nothing."""
        effect, final = self._settled(event, full, values)
        plain = replace(
            event,
            resource=None if event.resource is None else self._table(full, substitute(event.resource, values)),
            columns=substitute_columns(event.columns, values),
            on=None if event.on is None else substitute(event.on, values),
            over=tuple(substitute(one, values) for one in event.over),
            unit=self._known.units.lifted(event.unit, values, full, site),
            call=None,
            effect=effect,
            final=final,
        )
        if event.call is None:
            yield plain
            return
        call = self._written(full, event.call, values, walker.presence)
        if call is None:
            yield from () if event.kind is EffectKind.OPEN else (plain,)
            return
        module = self._known.resolver.inference.module_of(event.path[-1].function)
        found = self._asked(event, full, module, call)
        if event.kind is not EffectKind.OPEN:
            named = event.effect is not None and not event.effect.client
            if not found and not named and isinstance(start := root(call.func), Ref) and start.name in self._known.symbols.classes:
                return  # a class, and no client knows the call on it: it only looked like a collection
            found = reread(event.effect, found) or self._on_the_same(event, full, module, values)
        if found:
            told = (self.assigned.of(effect, call, full, walker.out) for effect in found)
            yield from (self._read(plain, effect, full, site, call) for effect in told)
        elif self._known.readings.is_open(call, whole=event.kind is not EffectKind.OPEN):
            spelled = self._known.readings.expanded(full, call)  # what this function knows of it, its callers may not
            yield replace(plain, call=spelled if small(spelled) else call)
        elif event.kind is not EffectKind.OPEN:
            yield plain

    def _asked(self, event: Event, full: str, module: str, call: Invoke) -> tuple[Effect, ...]:
        """What a call does that a caller tells more of: by a client, or to a lock."""
        found = self._known.readings.read(full, module, call)
        if found or event.kind is not EffectKind.OPEN:
            return found
        taken = self._known.handling(full, call.func)
        return (taken,) if taken is not None else ()

    def _written(self, full: str, call: Invoke, values: Mapping[str, Term], presence: Presence) -> Invoke | None:
        """A call of a callee in terms of the caller: a row that was put into an object with what was put into the row."""
        whole = substitute(call, values)
        if not isinstance(whole, Invoke) or not small(whole):
            return None
        told = filled(self._known.simplified_parts(full, whole, presence), presence) if presence.keeps else whole
        return told if small(told) else whole

    def _on_the_same(self, event: Event, full: str, module: str, values: Mapping[str, Term]) -> tuple[Effect, ...]:
        """The effect with arguments bound, on the receiver by which the callee knew it: a session that is one by its name there."""
        call, effect = event.call, event.effect
        if call is None or effect is None or effect.connection is None or not isinstance(call.func, Attr):
            return ()
        args = tuple(substitute(arg, values) for arg in call.args)
        kwargs = tuple((name, substitute(value, values)) for name, value in call.kwargs)
        found = self._known.readings.as_written(full, module, Invoke(call.func, args, kwargs, -1))
        connection = substitute(effect.connection, values)
        told: list[Effect] = []
        for better in reread(effect, found):
            table = better.resource
            if table is not None and table == effect.resource:  # said of the receiver, which is still the callee's
                table = substitute(table, values)
            told.append(replace(better, resource=table, connection=connection))
        return tuple(told)

    def _settled(self, event: Event, full: str, values: Mapping[str, Term]) -> tuple[Effect | None, bool]:
        """The effect with what the caller knows of the connection that a callee was handed: whether each statement is final at once."""
        effect = event.effect
        if effect is None or effect.connection is None or event.final:
            return effect, event.final
        connection = substitute(effect.connection, values)
        if connection == effect.connection or not small(connection):
            return effect, event.final
        return self.final(replace(effect, connection=connection), full)

    def _read(self, event: Event, effect: Effect, full: str, site: int, call: Invoke) -> Event:
        """The event of a call that is now known better."""
        told, final = self.final(effect, full)
        left = call if is_unclear(told) and self._known.readings.is_open(call, whole=True) else None
        columns = tuple((name, value) for name, value in told.columns)
        resource = None if told.resource is None else self._table(full, told.resource)
        known = replace(event, kind=told.kind, effect=told, resource=resource, columns=columns, key=key_text(columns))
        return replace(known, unit=self._unit(event, told, full, site), call=left, final=final)

    def _unit(self, event: Event, effect: Effect, full: str, site: int) -> Unit | None:
        """The connection of such an event. What an object keeps is the object's: that it was opened, elsewhere, makes no second one."""
        kept = event.unit is not None and isinstance(event.unit.term, Attr)
        if event.unit is not None and event.unit.opened:
            return event.unit
        found = self._known.units.of(effect.connection, full, site)
        made = strip(effect.connection) if effect.connection is not None else None
        elsewhere = isinstance(made, Invoke) and made.site < 0 and found is not None and bool(found.opened)
        return event.unit if found is None or (kept and elsewhere) else found

    def _table(self, full: str, term: Term) -> Term:
        """A table whose name was put together or looked up, as the name it is."""
        if not isinstance(term, (Template, Item)):
            return term
        whole = self._known.readings.spelled(full, term)
        return Const(whole.value.lower()) if isinstance(whole, Const) and isinstance(whole.value, str) else whole
