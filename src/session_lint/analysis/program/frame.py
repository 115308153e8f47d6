"""One function under a walk: the events of its calls, and what its `with` blocks do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from session_lint.analysis.program.around import Around
from session_lint.analysis.program.attributes_read import Telling
from session_lint.analysis.program.blocks import steps
from session_lint.analysis.program.call_events import CallEvents
from session_lint.analysis.program.chosen import Open, open_ways
from session_lint.analysis.program.decorated import arguments
from session_lint.analysis.program.events import Event, Possible
from session_lint.analysis.program.frames import Managed, Walking
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.mutexes import is_lock_of
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.sequences import Sequence, sequence
from session_lint.analysis.program.units import Unit, is_serial
from session_lint.analysis.program.values import InstanceValue
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import Effect, EffectKind, Scope, ScopeKind
from session_lint.facts.module_facts import Within
from session_lint.facts.terms import Attr, Const, Invoke, Term, strip

Make = Callable[[int, Walking], list[Event]]
_NO_EXCEPTION = (Const(None),) * 3  # of a block that was left in the usual way: its type, itself and where it came from
BLOCKS = (("__enter__", "__exit__"), ("__aenter__", "__aexit__"))


class Frame:
    """The frame of function `full`."""

    def __init__(self, full: str, known: Knowledge, events: CallEvents, make: Make | None = None) -> None:
        """`make` gives the events of a call site; by default `events` does."""
        self._full = full
        self._make = make if make is not None else lambda site, walker: list(events.of(full, site, walker))
        self._known = known
        self._events = events
        self._facts = known.facts[full]
        blocks = [step.scope for step in steps(self._facts.body) if isinstance(step, Within)]
        self._contexts = frozenset([call.site for scope in blocks if (call := _call(scope)) is not None])
        self._late: dict[int, list[Event]] = {}

    def produce(self, site: int, walker: Walking) -> list[Event]:
        """The events of a call; those behind the `yield` of a context manager wait for the end of the block."""
        found = self._make(site, walker)
        if site not in self._contexts:
            return found
        self._late[site] = [event for event in found if event.late]
        return [event for event in found if not event.late]

    def possible(self, site: int) -> tuple[tuple[str, tuple[Possible, ...]], ...]:
        """The functions that a call enters, each with the pairs in it that a caller may tell."""
        targets = self._known.resolver.resolve(self._full, self._facts.calls[site]).targets
        return tuple((t.full, found) for t in targets if (found := self._known.summary(t.full).possible))

    def made(self, site: int) -> frozenset[int]:
        """The calls whose record is there once the insert of a call site has happened."""
        found = (one for one in self._known.inline.get(self._full, {}).values() if one.insert.site == site)
        return next((one.sites | one.fetched for one in found), frozenset())

    def value(self, term: Term, walker: Walking) -> Term:
        """A term with what is known of its parts at this point written out."""
        return self._known.simplified(self._full, term, walker.presence)

    def telling(self, walker: Walking) -> Telling:
        """What calls give at this point."""
        known, full = self._known, self._full
        return Telling(
            lambda term: known.unfolded(full, term, walker.presence),
            lambda call: known.given(full, call),
            self._is_stored,
            lambda first, second: known.databases.are_two(first, second, full),
            self._around,
        )

    def _around(self, event: Event) -> Mapping[str, Term]:
        """The arguments of the decorator, where the call is that of the function below it."""
        called = self._facts.calls[event.site].func
        if not self._known.calls_decorated(self._full, called):
            return {}
        written = arguments(self._known.resolver, event.callee, called)
        return {name: self._known.readings.constant(value) for name, value in written.items()}

    def _is_stored(self, read: Attr) -> bool:
        """Whether an attribute is one that objects of a class of the project hold, and not computed when it is asked for."""
        values = self._known.resolver.inference.infer(read.base, self._full)
        held = [isinstance(value, InstanceValue) and self._known.symbols.method(value.full, read.name) is None for value in values]
        return bool(held) and all(held)

    def sequence(self, number: int) -> Sequence:
        """What a loop calls of the list of functions that it runs over."""
        return sequence(self._known.resolver, self._full, self._facts, number)

    def presence(self, walked: Walk) -> Presence:
        """Judges guards in this function."""
        return self._known.presence(self._full, walked, walked.kept)

    def unit(self, term: Term | None) -> Unit | None:
        """The connection that a term stands for."""
        return self._known.units.of(term, self._full)

    def managed(self, scope: Scope, walker: Walking) -> Managed | None:
        """What a `with` block does: as the project's own context manager says, else as a library model does."""
        own = self._own_manager(scope, walker)
        if own is not None:
            return own
        if scope.kind is ScopeKind.TRANSACTION and not self._begins_none(scope):
            unit = self._known.units.of_scope(scope, self._full)
            serial = (call := _call(scope)) is not None and is_serial(call)
            around = Around(transaction=True, ambient=scope.ambient and unit is None, unit=unit, ends="commit", locked=serial)
            return Managed(around, nested=scope.nested)
        handle = self._known.units.handle(scope.context, self._full) if scope.context is not None else None
        if handle is not None and handle.ends:
            return Managed(Around(transaction=handle.transaction, ambient=handle.ambient, unit=self.unit(scope.context), ends=handle.ends))
        if handle is not None and handle.role == "cursor":  # a cursor that is closed leaves its connection as it is
            return None
        if scope.context is not None and is_lock_of(self._known.resolver.inference.infer(scope.context, self._full)):
            return Managed(Around(locked=True))
        unit = self.unit(scope.context)
        return Managed(Around(ends="close", unit=unit)) if unit is not None and unit.opened else None

    def _begins_none(self, scope: Scope) -> bool:
        """Whether a block of a connection only commits at its end what began by itself, and nothing does: each statement is final."""
        handle = self._known.units.handle(scope.context, self._full) if scope.context is not None else None
        opened = handle is not None and handle.role == "connection" and handle.one_writer
        return opened and bool(self._known.units.autocommits(scope.context, self._full))

    def _own_manager(self, scope: Scope, walker: Walking) -> Managed | None:
        call = _call(scope)
        if call is not None:
            site = self._facts.calls[call.site]
            for target in self._known.resolver.resolve(self._full, site).targets:
                around = self._known.summary(target.full).around
                if around is not None:
                    values = self._known.values(self._full, site, target)
                    return self._managed(call, around, open_ways(self._known, self._full, target.full, values), values, walker)
        return next(self._of_class(scope, call, walker), None)

    def _managed(self, call: Invoke, around: Around, ways: tuple[Open, ...], values: Mapping[str, Term], walker: Walking) -> Managed:
        """What a context manager of the project does; of several ways what all of them do, and at the end what some do under a test."""
        late = tuple(self._late.pop(call.site, ()))
        arounds = [(way.around, tests) for way, tests in ways if way.around is not None] or [(around, ())]
        if len(arounds) == 1:
            one = arounds[0][0]
            unit = self._known.units.lifted(one.unit, values, self._full, call.site)
            return Managed(replace(one, unit=unit), late=late)
        ended = [tests for one, tests in arounds if one.ends]
        effect, site = Effect(EffectKind.COMMIT, "sql", connection=call, autocommit=False), self._facts.calls[call.site]
        event = self._events.own(self._full, site, effect, walker)
        late = (*late, *(replace(event, conditions=(*walker.conditions, *tests)) for tests in ended))
        whole = (all(one.transaction for one, _ in arounds), all(one.ambient for one, _ in arounds))
        locked, locks = all(one.locked for one, _ in arounds), all(one.locks for one, _ in arounds)
        return Managed(Around(*whole, event.unit, locked=locked, locks=locks), late=late)

    def _of_class(self, scope: Scope, call: Invoke | None, walker: Walking) -> Iterator[Managed]:
        """`with Unit(db):`, a class of the project with `__enter__` and `__exit__`."""
        if call is None or scope.context is None:
            return
        values = self._known.resolver.inference.infer(scope.context, self._full)
        for value in (one for one in values if isinstance(one, InstanceValue)):
            for enter, leave in BLOCKS:
                first, last = (self._known.symbols.method(value.full, name) for name in (enter, leave))
                if first is None or last is None or first.full not in self._known.facts:
                    continue
                site = self._facts.calls[call.site]
                before = tuple(self._events.entered(self._full, site, first.full, scope.context, walker))
                after = tuple(self._events.entered(self._full, site, last.full, scope.context, walker, _NO_EXCEPTION))
                yield Managed(Around(), enter=before, late=after)


def _call(scope: Scope) -> Invoke | None:
    context = strip(scope.context) if scope.context is not None else None
    return context if isinstance(context, Invoke) and context.site >= 0 else None
