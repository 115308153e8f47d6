"""The events of one call: its own effects, and what the functions it may call do for this caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from session_lint.analysis.program import row_locks
from session_lint.analysis.program.binding import Binder
from session_lint.analysis.program.call_texts import call_text
from session_lint.analysis.program.class_tables import class_table, of_class
from session_lint.analysis.program.endings import beginning, ended, may_end
from session_lint.analysis.program.events import FARTHEST, Columns, Event, Summary, call_identity, key_text, same_resource
from session_lint.analysis.program.filled import around
from session_lint.analysis.program.frames import Walking
from session_lint.analysis.program.guards import fails, guarded
from session_lint.analysis.program.halves import way, way_behind
from session_lint.analysis.program.holders import in_hand, wanted_of
from session_lint.analysis.program.judging import Happening, alive, is_named, is_other_function, is_queued, leaves_open, of_this, which
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.lambdas import is_lambda
from session_lint.analysis.program.looking import is_of_caller
from session_lint.analysis.program.lookups import looked_up
from session_lint.analysis.program.managers import holder
from session_lint.analysis.program.mutexes import handles
from session_lint.analysis.program.places import made_by
from session_lint.analysis.program.related import rows_of
from session_lint.analysis.program.set_below import is_set_below
from session_lint.analysis.program.simplify import filled
from session_lint.analysis.program.spreads import opened
from session_lint.analysis.program.stated import filled_in, is_told, made_for, parts, stated
from session_lint.analysis.program.stores import hand_on
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.truth import asked, with_members
from session_lint.analysis.program.unfilled import Unfilled
from session_lint.analysis.program.units import as_called
from session_lint.analysis.program.values import ClassValue
from session_lint.facts.effects import OF_MANAGERS, Effect, EffectKind
from session_lint.facts.finding import ChainStep
from session_lint.facts.flow import is_flow
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite, Condition
from session_lint.facts.terms import Attr, Const, Element, Invoke, Op, Param, Ref, Term, dotted, root, show, strip, walk

_MAX_CONDITIONS = 40  # the innermost tests around an event; a function with more has them for itself alone
_MEMBERSHIP = {".clear()", ".set()", ".add()", ".remove()"}


class CallEvents:
    """Turns call sites into events, in the caller's terms."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._binder = Binder(known)
        self._unfilled = Unfilled(known)

    def of(self, full: str, index: int, walker: Walking) -> Iterator[Event]:
        """The events of one call site: those of its own, then those of each function it may call."""
        lookup = self._known.inline.get(full, {}).get(index)
        for event in self._of(full, index, walker):
            yield event
            if lookup is not None and event.kind is EffectKind.READ and same_resource(event.resource, lookup.read.resource):
                yield looked_up(event)
                lookup = None

    def _of(self, full: str, index: int, walker: Walking) -> Iterator[Event]:
        module = self._known.resolver.inference.module_of(full)
        site = self._told(full, module, self._known.facts[full].calls[index], walker)
        resolved = self._known.resolver.resolve(full, site)
        effects = self._known.readings.of(full, module, site) or asked(self._known, full, module, site)
        effects = with_members(self._known, full, module, site, effects)
        if resolved.targets:  # a manager of the project: what that does is told by itself
            effects = tuple(effect for effect in effects if effect.verb not in OF_MANAGERS)
        for effect in effects:
            event = self.own(full, site, effect, walker)
            yield replace(event, fallback=True) if self._guarded(full, walker, event) else event
        handed = (*site.args, *dict(site.kwargs).values()) if resolved.targets else ()
        if any(row_locks.query_locks(self._known, full, Attr(one, "run")) for one in handed):
            yield self.own(full, site, Effect(EffectKind.READ, "", locks=True), walker)
        turn, named = walker.turn.get(index), is_named(site, resolved.targets)
        several = len(resolved.targets) > 1  # which of them is entered, the call does not say
        for target in resolved.targets if turn is None else resolved.targets[turn : turn + 1]:
            open_ = (several or leaves_open(site, target, self._known.symbols)) and not named
            yield from self._from_callee(full, site, target, walker, handed=open_, several=several and turn is None)
            if self._known.summary(target.full).gives:
                walker.out.obtained.add(index)
        if not effects and not resolved.targets:
            yield from self._not_followed(full, site, walker, outside=resolved.reason == "outside")

    def _guarded(self, full: str, walker: Walking, event: Event) -> bool:
        return guarded(walker, event, lambda test: self._unfilled.never_finds(full, test))

    def _not_followed(self, full: str, site: CallSite, walker: Walking, *, outside: bool) -> Iterator[Event]:
        """The events of a call of which no client knows anything and that leads to no function of the project."""
        yield from self._left_open(full, site, walker)
        taken = self._known.handling(full, site.func)
        if taken is not None:
            yield self.own(full, site, taken, walker)
        if (ending := may_end(site)) is not None:
            event = ended(self.own(full, site, ending, walker), walker)
            yield from (event,) if event.unit is not None else ()
        if (begins := beginning(self._known, full, site)) is not None:
            yield self.own(full, site, begins, walker)
        if columns := self._telling(site, outside=outside):
            event = self.own(full, site, Effect(EffectKind.OBTAIN, "", call_identity(site.func), columns), walker)
            yield replace(event, fallback=True) if self._guarded(full, walker, event) else event

    def _told(self, full: str, module: str, site: CallSite, walker: Walking) -> CallSite:
        """The call of a client with what is known of its arguments written out; it is read anew where that is more than it says itself."""
        if (name_of(site.func) or "") not in self._known.readings.names:
            return site
        call = Invoke(site.func, site.args, site.kwargs, site.index)
        told = self._known.simplified_parts(full, filled(call, walker.presence), walker.presence)
        told = filled(told, walker.presence) if told != call else told  # a dict that was kept in an object
        if told == call:
            return site
        effects = self._known.readings.as_written(full, module, told)
        return replace(site, func=told.func, args=told.args, kwargs=told.kwargs, effects=effects)

    def _left_open(self, full: str, site: CallSite, walker: Walking) -> Iterator[Event]:
        """A call that a caller decides: `connection.execute(statement)` with a statement that is handed in."""
        name, readings = name_of(site.func) or "", self._known.readings
        inside = isinstance(site.func, Attr) and readings.is_captured(root(site.func))  # on what the function around knows
        told = name in self._known.clients.writing | self._known.statements.methods or (inside and name in self._known.clients.methods)
        told = told or (handles(site.func) and self._known.handling(full, site.func) is None)  # of a lock, if it is one
        if told or (name in self._known.clients.looking and is_of_caller(self._known, full, site)):
            effect = Effect(EffectKind.OPEN, "", connection=site.func.base if isinstance(site.func, Attr) else None)
            if self._binder.open_call(effect, full, Invoke(site.func, site.args, site.kwargs, site.index)) is not None:
                yield self.own(full, site, effect, walker)

    def _telling(self, site: CallSite, *, outside: bool) -> Columns:
        """The key of a call that the settings name as a getter, or whose own name says so although nothing is known of it."""
        name = dotted(site.func) or name_of(site.func) or show(site.func)
        configured, key = self._known.names.configured(name)
        last = name.rsplit(".", 1)[-1]
        if self._known.names.denied(name) or (not configured and (outside or "or_create" not in last or not self._known.names.shape(last))):
            return ()
        return tuple(one for one in site.kwargs if one[0] == key) or (*((str(i), a) for i, a in enumerate(site.args)), *site.kwargs)

    def entered(self, full: str, site: CallSite, hook: str, on: Term, walker: Walking, args: tuple[Term, ...] = ()) -> Iterator[Event]:
        """What a method does that a `with` block calls: `__enter__`, `__exit__`, which is given the exception, if there is one."""
        call = replace(site, func=Attr(on, hook.rsplit(".", 1)[-1]), args=args, kwargs=(), spread=False, effects=())
        yield from self._from_callee(full, call, Target(hook, on), walker, handed=False)

    def own(self, full: str, site: CallSite, effect: Effect, walker: Walking) -> Event:
        """The event of an effect of a call."""
        unit = self._known.units.of(as_called(effect, self._known.facts[full].calls[site.index]), full)
        locks = row_locks.locks(self._known, full, site, effect)
        effect = replace(effect, locks=True) if locks and effect.kind is EffectKind.READ else effect
        effect, final = self._binder.final(self._binder.assigned.of(effect, site, full, walker.out), full)
        call = self._binder.open_call(effect, full, Invoke(site.func, site.args, site.kwargs, site.index))
        resource, columns = self._table_of(effect, effect.resource, opened(effect.columns), full)
        return Event(
            kind=effect.kind,
            call=call,
            resource=resource,
            table=self._known.readings.table(resource, full),
            columns=columns,
            path=(self._step(full, stated(self._known, full, site)),),
            site=site.index,
            effect=effect,
            on=effect.connection,
            conditions=walker.conditions[-_MAX_CONDITIONS:],
            loops=site.loops,
            over=around(walker.facts, site.loops),
            scopes=walker.covering(unit),
            unit=unit,
            final=final,
            locked=walker.locked or locks or self._known.units.is_serial(effect.connection, full),
            concurrent=self._known.handed_over.how(full, site),
            target=site.target,
            text=call_text(site),
            key=key_text(effect.columns, self._known.facts[full].calls[site.index]),
        )

    def _table_of(self, effect: Effect | None, resource: Term | None, columns: Columns, full: str) -> tuple[Term | None, Columns]:
        """The resource under one name, and the columns: the rows that a record has by a foreign key, `cart.lines`, are rows of their
        table with the record in the column of the key. As members of a relation they stay what they are."""
        columns = tuple((name, self._known.readings.constant(value)) for name, value in columns)
        known = isinstance(resource, Attr) and effect is not None and effect.verb not in _MEMBERSHIP
        if known and resource is not None and (rows := rows_of(self._known, full, resource)) is not None:
            return Ref(rows.full), tuple((name or rows.by, term) for name, term in columns)
        return self.canonical(resource, full), columns

    def canonical(self, resource: Term | None, full: str) -> Term | None:
        """A class under whatever name it is reached; other resources as they are."""
        if resource is None or isinstance(resource, (Const, Element)) or self._open_parameter(resource, full):
            return resource
        infer, whole = self._known.resolver.inference.infer, of_class(self._known, resource)
        terms = () if self._known.readings.is_captured(strip(resource)) else (holder(resource) or whole, whole)
        known = next((value for term in terms for value in infer(term, full) if isinstance(value, ClassValue)), None)
        if known is not None or not terms:
            return resource if known is None else Ref(known.full)
        return class_table(self._known, full, resource) or self._known.readings.named(strip(resource))

    def _open_parameter(self, resource: Term, full: str) -> bool:
        """A model handed in by the caller, or set by a class below: every caller decides for itself."""
        function, parameter = self._known.symbols.functions.get(full), strip(resource)
        if not isinstance(parameter, Param):
            handed = isinstance(parameter, Op) and parameter.kind == "handed"
            return handed or is_set_below(self._known.symbols, full, parameter)
        own = function is not None and function.owner is not None and function.kind != "static" and function.index.parameters[0].name
        return own != parameter.name

    def _step(self, full: str, site: CallSite) -> ChainStep:
        return ChainStep(full, Place(self._known.paths[full], site.name_span), call_text(site))

    def _chosen(self, full: str, site: CallSite, target: Target) -> tuple[Condition, ...]:
        """The tests by which a call enters this one of several functions."""
        return (*which(strip(site.func), target, self._known.facts), *self._known.keyed.tests(full, site, target))

    def _from_callee(
        self, full: str, site: CallSite, target: Target, walker: Walking, *, handed: bool, several: bool = False
    ) -> Iterator[Event]:
        summary = self._known.summary(target.full)
        if self._is_idle(site, target, summary) or fails(chosen := self._chosen(full, site, target), walker):
            return
        given = self._known.values(full, site, target)
        values = {name: self._known.simplified(full, value, walker.presence) for name, value in given.items()}
        # judged by what was there before the callee stored something
        happening = self._happening(full, summary, values, walker, site.index)
        if target.full in self._known.facts:
            self._tell(full, site, target, values, walker)
            hand_on(summary, values, walker, site.index, chosen if several else ())
        elif target.constructs is None and not self._only_reads(target.full):  # what it does to an object cannot be told
            made = {call.site for value in values.values() if (call := made_by(value)) is not None and call.site >= 0}
            walker.out.escaped.update(dict.fromkeys(made, len(walker.out.kept)))
        whole = filled_in(values, walker.presence) if happening else values
        step, how = self._step(full, site), self._known.handed_over.how(full, site)
        inside = is_lambda(target.full, full) and not site.indirect
        longer = not self._known.forwards(full) and not is_flow(full)
        for found, number, hidden, conditions, omitted in happening:
            for bound in self._binder.bound(found, full, site.index, whole, walker):
                columns = opened(tuple((name, self._known.simplified(full, value, walker.presence)) for name, value in bound.columns))
                resource, columns = self._table_of(bound.effect, bound.resource, columns, full)
                shown = hidden and not handed and not is_flow(full)
                told = is_told(found, bound)  # it stands where it is said what it does
                said = self._step(full, made_for(self._known, full, site, parts(found.call, given))) if told else step
                lifted = replace(
                    bound,
                    resource=resource,
                    table=self._known.readings.table(resource, full),
                    columns=columns,
                    path=(said,) if (shown and not inside) or told else way(step, found, inside=inside),
                    steps=1 if shown or told else found.steps + (not inside and (longer or len(found.path) > FARTHEST)),
                    behind=way_behind(summary, found) if shown else found.behind,
                    site=site.index,
                    conditions=(*walker.conditions, *chosen, *conditions)[-_MAX_CONDITIONS:],
                    loops=site.loops,
                    looped=not hidden and (found.looped or bool(found.loops)),
                    over=(*around(walker.facts, site.loops), *bound.over),
                    scopes=(*walker.covering(bound.unit), *found.scopes),
                    late=found.late and summary.around is not None,
                    locked=walker.locked or found.locked or self._known.units.is_serial(bound.on, full),
                    concurrent=how or ("" if site.awaited and found.returned else found.concurrent),
                    target=site.target,
                    text=call_text(site) if hidden and not is_flow(full) and not inside else found.text,
                    key=key_text(columns) if shown else bound.key,
                    omitted=omitted or (found.omitted if inside else ""),
                    wanted=wanted_of(self._known, target.full, found, inside=inside, omitted=omitted),
                    looks=False,
                    entry=1 if hidden else found.entry + (not inside) if found.entry else 0,
                    callee=found.callee if inside else target.full,
                    source=found.source if inside else number,
                    fails=found.fails and not hidden,
                    injected=found.injected | {target.full} if site.injected else found.injected,
                )
                if not lifted.fallback and self._guarded(full, walker, lifted):
                    lifted = replace(lifted, fallback=True)
                holder = in_hand(self._known, full, lifted, walker) if lifted.omitted or lifted.wanted else ""
                if holder:
                    self._known.held[full].append((site.index, found.path[-1].place, lifted.omitted or lifted.wanted, holder))
                yield ended(lifted, walker)

    def _tell(self, full: str, site: CallSite, target: Target, values: Mapping[str, Term], walker: Walking) -> None:
        """Notes what the callee is called with: of a wrapper, those who call the decorated function tell that."""
        if not self._known.calls_decorated(full, site.func):
            self._known.unmet.enter(full, target.full, values, walker)

    def _is_idle(self, site: CallSite, target: Target, summary: Summary) -> bool:
        """Whether a call makes no difference to the caller, whatever it hands over: most functions do nothing that it has to know of."""
        if site.concurrent == "queue" or is_queued(site, target):  # another process, another time: it has to look for itself
            return True
        if summary.events or summary.kept or summary.changes:
            return False
        if target.full in self._known.facts:
            return not self._known.unmet.waits(target.full)
        return target.constructs is not None or self._only_reads(target.full)

    def _happening(self, full: str, summary: Summary, values: Mapping[str, Term], walker: Walking, site: int) -> list[Happening]:
        events = (one for one in alive(summary, values, walker) if not one[0].comes_back(full))
        types = self._known.resolver.inference
        found = [e for e in events if not is_other_function(e[3], full, types, lambda t: self._known.simplified(full, t, walker.presence))]
        return found if (meant := walker.meant.get(site)) is None else list(of_this(found, meant))

    def _only_reads(self, full: str) -> bool:
        """Whether a function that was not looked into only gives a value, and calls nothing."""
        result = self._known.symbols.functions[full].index.result
        return result is not None and not any(isinstance(part, Invoke) for part in walk(result))
