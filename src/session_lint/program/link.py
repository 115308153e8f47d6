"""Bottom-up summaries over strongly connected components of the call graph, as RacerD and Pysa do it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace

from session_lint.facts.effects import Effect, EffectKind, ScopeKind, Selection
from session_lint.facts.finding import ChainStep
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite, Condition, FunctionFacts
from session_lint.facts.terms import Attr, Const, Element, Invoke, Param, Ref, Term, Unknown, chain, dotted, show, strip, walk
from session_lint.program.call_graph import components
from session_lint.program.events import (
    EMPTY,
    Columns,
    Event,
    Kept,
    Limits,
    Summary,
    call_identity,
    function_identity,
    key_text,
    lift,
    same_resource,
    substitute_columns,
)
from session_lint.program.getters import (
    INFRASTRUCTURE_NAMES,
    GetterNames,
    by_lookup,
    by_name,
    by_return,
    by_upsert,
    kept_back,
    key_columns,
    memoised,
    returned_sites,
)
from session_lint.program.keys import name_of, small, substitute, unknown, volatile
from session_lint.program.presence import Presence, contradicts
from session_lint.program.resolution import Resolver
from session_lint.program.symbols import FunctionSymbol, SymbolTable
from session_lint.program.travels import Target
from session_lint.program.values import ClassValue, InstanceValue
from session_lint.program.walk import Walk, Walker, keep

_SENDERS = {"execute", "exec", "scalar", "scalars", "scalar_one", "first", "one"}
_VERBS = {"insert", "upsert", "delete", "update", "replace", "insert_many", "replace_many"}
_MAKING = {EffectKind.INSERT, EffectKind.UPSERT, EffectKind.OBTAIN}
_WRITING = re.compile(r"_*a?(create|insert|post|put|save|register|rpc|upsert|make|sync|push|add|store|write|execute|request)(_|$)")
_MAX_EVENTS = 64
_ROUNDS = 3
_READ_DEPTH = 2  # a look-up helper of a helper still belongs to its getter


class Linker:
    """Summarises every extracted function. `walks` keeps each function's own walk for the pairs found in it."""

    def __init__(self, symbols: SymbolTable, facts: Mapping[str, FunctionFacts], paths: Mapping[str, str], names: GetterNames) -> None:
        self.symbols = symbols
        self.facts = facts
        self.paths = paths
        self.names = names
        self.resolver = Resolver(symbols, facts)
        self.summaries: dict[str, Summary] = {}
        self.walks: dict[str, Walk] = {}
        self.held: dict[str, list[tuple[int, Place, str, str]]] = {}  # call site, getter's place, parameter left out, what holds it
        self.limits = Limits()
        self.calls_in_transaction: dict[str, list[tuple[str, bool]]] = {}
        self._settle()

    def edges(self, full: str) -> tuple[str, ...]:
        """The functions that a function may call, sorted."""
        return tuple(sorted({t.full for site in self.facts[full].calls for t in self.resolver.resolve(full, site).targets}))

    def _settle(self) -> None:
        graph = {full: tuple(t for t in self.edges(full) if t in self.facts) for full in sorted(self.facts)}
        for component in components(graph):
            rounds = _ROUNDS if len(component) > 1 or component[0] in graph[component[0]] else 1
            for _ in range(rounds):
                before = [self.summaries.get(full) for full in component]
                for full in component:
                    self._summarise(full)
                if before == [self.summaries[full] for full in component]:
                    break
        for full in sorted(self.facts):
            self._note_callers(full)

    def _summarise(self, full: str) -> None:
        try:
            self._walk(full)
        except RecursionError:  # terms composed over a long chain: this one function says nothing, and that is counted
            self.limits.hit(full)
            self.walks[full], self.summaries[full], self.held[full] = Walk(), EMPTY, []

    def _walk(self, full: str) -> None:
        facts = self.facts[full]
        self.held[full] = []
        scopes = tuple(f"{full}@{i}" for i, scope in enumerate(facts.scopes) if scope.kind is ScopeKind.TRANSACTION)
        walked = Walker(facts, lambda site, walker: list(self._events(full, site, walker)), lambda w: self._presence(full, w), scopes).run()
        self.walks[full] = walked
        self.summaries[full] = self._summary(full, walked)

    def _presence(self, full: str, walker: Walker) -> Presence:
        return Presence(self.symbols, walker.out.obtained, walker.out.kept, lambda call: self._result(full, call))

    def _result(self, full: str, call: Invoke) -> Term | None:
        """The single return value of a project function, in the caller's terms."""
        if not 0 <= call.site < len(self.facts[full].calls):
            return None
        site = self.facts[full].calls[call.site]
        targets = self.resolver.resolve(full, site).targets
        if len(targets) != 1:
            return None
        result = self.summaries.get(targets[0].full, EMPTY).result
        return None if result is None else substitute(result, self.resolver.bind(targets[0], site).values)

    # -- events of one call ------------------------------------------------------------------------------------------

    def _events(self, full: str, index: int, walker: Walker) -> Iterator[Event]:
        site = self.facts[full].calls[index]
        for effect in site.effects:
            event = self._own(full, site, effect, walker)
            yield replace(event, fallback=walker.guard(event))
        resolved = self.resolver.resolve(full, site)
        for target in resolved.targets:
            yield from self._from_callee(full, site, target, walker)
            if self.summaries.get(target.full, EMPTY).gives:
                walker.out.obtained.add(index)
        if not resolved.targets and not site.effects:
            columns = self._telling(site, outside=resolved.reason == "outside")
            if columns:
                effect = Effect(EffectKind.OBTAIN, "", call_identity(site.func), columns)
                event = self._own(full, site, effect, walker)
                yield replace(event, fallback=walker.guard(event))

    def _telling(self, site: CallSite, *, outside: bool) -> Columns:
        """The key of a call that the settings name as a getter, or whose own name says so although nothing is known of it."""
        name = dotted(site.func) or show(site.func)
        configured, key = self.names.configured(name)
        last = name.rsplit(".", 1)[-1]
        if not configured and (outside or "or_create" not in last or not self.names.shape(last)):
            return ()
        keyed = tuple((k, v) for k, v in site.kwargs if k == key)
        return keyed or tuple((str(i), a) for i, a in enumerate(site.args)) + site.kwargs

    def _own(self, full: str, site: CallSite, effect: Effect, walker: Walker) -> Event:
        return Event(
            kind=effect.kind,
            resource=self._canonical(effect.resource, full),
            columns=tuple((name, value) for name, value in effect.columns),
            path=(self._step(full, self._stated(full, site)),),
            site=site.index,
            effect=effect,
            conditions=walker.conditions,
            loops=site.loops,
            scopes=walker.scopes,
            locked=walker.locked or _for_update(site.func),
            concurrent=site.concurrent,
            target=site.target,
            text=_call_text(site),
            key=key_text(effect.columns),
        )

    def _canonical(self, resource: Term | None, full: str) -> Term | None:
        """A class under whatever name it is reached; other resources as they are."""
        if resource is None or isinstance(resource, (Const, Element)) or self._open_parameter(resource, full):
            return resource
        for value in self.resolver.inference.infer(resource, full):
            if isinstance(value, ClassValue):
                return Ref(value.full)
        return strip(resource)

    def _open_parameter(self, resource: Term, full: str) -> bool:
        """A model handed in by the caller: every caller decides for itself."""
        function, parameter = self.symbols.functions.get(full), strip(resource)
        if not isinstance(parameter, Param):
            return False
        return function is None or function.owner is None or function.index.parameters[:1][0].name != parameter.name

    def _stated(self, full: str, site: CallSite) -> CallSite:
        """The call that says what happens: `.insert(row)` where `.execute()` only sends it."""
        if name_of(site.func) not in _SENDERS:
            return site
        sent = [site.func.base] if isinstance(site.func, Attr) else []
        for term in (*sent, *site.args[:1]):
            origin, links = chain(term)
            for call in (*(link.call for link in links), origin):
                name = (name_of(call.func) or "") if isinstance(call, Invoke) else ""
                if isinstance(call, Invoke) and 0 <= call.site < site.index and (name in _VERBS or name.endswith("_insert")):
                    return self.facts[full].calls[call.site]
        return site

    def _step(self, full: str, site: CallSite) -> ChainStep:
        return ChainStep(full, Place(self.paths[full], site.name_span), _call_text(site))

    def _from_callee(self, full: str, site: CallSite, target: Target, walker: Walker) -> Iterator[Event]:
        summary = self.summaries.get(target.full, EMPTY)
        binding = self.resolver.bind(target, site)
        values = binding.values
        for kept in summary.kept:
            place, value = substitute(kept.target, values), substitute(kept.value, values)
            if small(place) and small(value):
                walker.out.kept.append((place, value))
        step = self._step(full, site)
        for event in summary.events:
            hidden = (
                event.kind is EffectKind.OBTAIN and summary.getter is not None and same_resource(event.resource, summary.getter.resource)
            )
            if (hidden and event is not summary.getter) or _internal(event, summary):
                continue
            alive, conditions, omitted = self._judge(event, values, walker)
            if not alive:
                continue
            lifted = lift(event, values, step, site.index)
            if hidden:
                lifted = replace(lifted, path=(step,), looped=False, key=key_text(lifted.columns))
            lifted = replace(
                lifted,
                resource=self._canonical(lifted.resource, full),
                columns=tuple((name, self._simplified(value, walker)) for name, value in lifted.columns),
                conditions=(*walker.conditions, *conditions),
                loops=site.loops,
                scopes=(*walker.scopes, *event.scopes),
                locked=walker.locked or event.locked,
                concurrent=site.concurrent,
                target=site.target,
                text=_call_text(site) if hidden else event.text,
                omitted=omitted,
                callee=target.full,
            )
            lifted = replace(lifted, fallback=event.fallback or walker.guard(lifted))
            holder = self._holder(full, omitted, walker) if omitted else ""
            if holder:
                self.held[full].append((site.index, event.path[-1].place, omitted, holder))
            yield lifted

    def _simplified(self, value: Term, walker: Walker) -> Term:
        """`ctx.user_id` is what was stored there, or what `Context(user_id=x)` was given."""
        inner = walker.presence.value(value) if isinstance(value, Attr) else None
        return value if inner is None or unknown(inner) else inner

    def _judge(self, event: Event, values: Mapping[str, Term], walker: Walker) -> tuple[bool, tuple[Condition, ...], str]:
        """Whether the event still happens for this caller, under which conditions, and which parameter would prevent it."""
        remaining: list[Condition] = []
        omitted = ""
        for condition in event.conditions:
            mine = Condition(substitute(condition.term, values), condition.holds)
            holds = walker.presence.holds(mine)
            if holds is False:
                return False, (), ""
            subject = strip(condition.term)
            if not condition.holds and isinstance(subject, Param) and values.get(subject.name) == Const(None):
                omitted = "" if subject.name in INFRASTRUCTURE_NAMES else subject.name
            if holds is None and small(mine.term) and not unknown(mine.term):
                remaining.append(mine)
        if contradicts(walker.conditions, remaining):
            return False, (), ""
        return True, tuple(remaining), omitted

    def _holder(self, full: str, parameter: str, walker: Walker) -> str:
        """How the caller itself has the record at hand: as a parameter of that name, or as a field of one (`ctx.session_id`)."""
        function = self.symbols.functions.get(full)
        absent = {strip(c.term) for c in walker.conditions if not c.holds}
        for candidate in function.index.parameters if function is not None else ():
            if candidate.name == parameter:
                return "" if Param(parameter) in absent else parameter
            field = Attr(Param(candidate.name), parameter)
            for value in self.resolver.inference.infer(Param(candidate.name), full):
                if isinstance(value, InstanceValue) and self.symbols.attribute(value.full, parameter) and field not in absent:
                    return f"{candidate.name}.{parameter}"
        return ""

    # -- the summary of one function ---------------------------------------------------------------------------------

    def _summary(self, full: str, walked: Walk) -> Summary:
        facts, function = self.facts[full], self.symbols.functions.get(full)
        writes = self._writes(full, walked)
        getter, atomic = None, False
        if function is not None:
            named = self.names.shape(function.index.name) or self.names.configured(full)[0]
            returned = returned_sites(facts, self.symbols, identity=named)
            getter = by_return(walked, returned, facts, self.symbols)
            atomic = getter is None or named
            getter = getter or by_lookup(walked, returned, self.symbols) or by_upsert(walked, returned)
            if getter is None and writes:
                getter = by_name(function, walked, self.names, self._entry(full, facts))
        memo = function is not None and memoised(function, self.names)
        events = [] if memo and not walked.replacements else self._outgoing(full, walked)
        if getter is not None and function is not None:
            getter = self._clean(self._keyed(getter, function, walked), walked)
            if memo or kept_back(getter, walked, facts, self.symbols):
                getter = None
            else:
                events = [getter, *(e for e in events if not (e.kind is EffectKind.OBTAIN and e.site == getter.site and len(e.path) == 1))]
        gives = getter is not None or bool(walked.obtained & returned_sites(facts, self.symbols, identity=True))
        return Summary(tuple(events), self._kept(full, walked), getter, self._single_result(facts), memo, writes, gives, atomic)

    def _keyed(self, getter: Event, function: FunctionSymbol, walked: Walk) -> Event:
        """A getter whose key cannot be told from its body is known by its own name and arguments."""
        complete = getter.effect is None or getter.effect.complete
        if complete and not any(unknown(value) or volatile(value) for _, value in getter.columns):
            return getter
        return replace(getter, resource=function_identity(function.full), columns=key_columns(function, walked.events, None))

    def _entry(self, full: str, facts: FunctionFacts) -> Event:
        step = ChainStep(full, Place(self.paths[full], facts.name_span), "")
        return Event(EffectKind.OBTAIN, None, (), (step,), -2)

    def _outgoing(self, full: str, walked: Walk) -> list[Event]:
        done = {pair.second for pair in walked.repeats if pair.loop < 0}
        done |= {i for pair in walked.replacements for i in (pair.first, pair.second)}
        held = {(site, place) for site, place, _, _ in self.held[full]}
        events: dict[object, Event] = {}
        for index, event in enumerate(walked.events):
            if (
                index in done
                or (event.site, event.place) in held
                or not _travels(event)
                or kept_back(event, walked, self.facts[full], self.symbols)
            ):
                continue
            event = replace(self._clean(event, walked), committed=walked.final.get(index, event.committed))
            events.setdefault((event.kind, event.resource, event.columns, event.place, event.conditions), event)
        found = list(events.values())
        for _ in found[_MAX_EVENTS:]:
            self.limits.hit(full)
        return found[:_MAX_EVENTS]

    def _clean(self, event: Event, walked: Walk) -> Event:
        """Only conditions that a caller can judge stay."""
        kept = tuple(dict.fromkeys(c for c in event.conditions if small(c.term) and not unknown(c.term)))
        return replace(event, conditions=tuple(c for c in kept if not self._local(c.term)))

    def _local(self, term: Term) -> bool:
        return (
            any(isinstance(t, Invoke) and not isinstance(strip(t.func), Ref) and t.site >= 0 for t in walk(term))
            and len(list(walk(term))) > 12
        )

    def _kept(self, full: str, walked: Walk) -> tuple[Kept, ...]:
        presence = Presence(self.symbols, walked.obtained, (), lambda call: self._result(full, call))
        result = []
        for kept in keep(walked):
            if presence.present(kept.value) is True or _from(kept.value, walked.obtained):
                result.append(Kept(kept.target, Const("kept")))
            elif small(kept.value) and not unknown(kept.value):
                result.append(kept)
        return tuple(dict.fromkeys(result))[:16]

    def _single_result(self, facts: FunctionFacts) -> Term | None:
        values = {strip(t) for t in facts.returns}
        if len(values) != 1:
            return None
        (value,) = values
        return value if small(value) and not isinstance(value, Unknown) else None

    def _writes(self, full: str, walked: Walk) -> bool:
        """Whether the function may make something that lasts: an insert it has, or a call that says so into the unknown."""
        if any(event.kind in _MAKING for event in walked.events):
            return True
        for site in self.facts[full].calls:
            resolved = self.resolver.resolve(full, site)
            if any(self.summaries.get(t.full, EMPTY).writes for t in resolved.targets):
                return True
            unseen = _third_party(site.func) if resolved.reason == "outside" else not resolved.targets
            if unseen and _WRITING.match(name_of(site.func) or "") is not None:
                return True
        return False

    def _note_callers(self, full: str) -> None:
        """Which calls of a function are made inside a transaction."""
        walked = self.walks[full]
        for site in self.facts[full].calls:
            for target in self.resolver.resolve(full, site).targets:
                self.calls_in_transaction.setdefault(target.full, []).append((full, site.index in walked.covered))


def _internal(event: Event, summary: Summary) -> bool:
    """A getter is atomic: its look-up, and the insert when nothing was found, are not effects of their own."""
    if summary.getter is None or event.kind not in {EffectKind.READ, EffectKind.INSERT, EffectKind.UPSERT}:
        return False
    return event.kind is EffectKind.READ or bool(event.conditions) or same_resource(event.resource, summary.getter.resource)


def _travels(event: Event) -> bool:
    if event.kind is EffectKind.READ:
        return len(event.path) <= _READ_DEPTH and bool(event.columns)
    if event.kind is EffectKind.CLEAR and event.effect is not None:
        return event.effect.selection not in {Selection.DIFFERENCE, Selection.RANGE}
    return event.kind is not EffectKind.OBTAIN or not event.fallback


def _for_update(func: Term) -> bool:
    """A read under a row lock is a re-read on purpose."""
    return any(link.name in {"select_for_update", "with_for_update"} for link in chain(func)[1])


def _third_party(func: Term) -> bool:
    for part in walk(func):
        if isinstance(part, Ref):
            top = part.name.split(".", 1)[0]
            return top != "builtins" and top not in sys.stdlib_module_names
    return False


def _from(value: Term, obtained: set[int]) -> bool:
    return any(isinstance(t, Invoke) and t.site in obtained for t in walk(value))


def _call_text(site: CallSite) -> str:
    inside = [show(a, 40) for a in site.args] + [f"{k}={show(v, 40)}" for k, v in site.kwargs if k]
    text = f"{show(site.func, 60)}({', '.join(inside)})"
    return text if len(text) <= 90 else f"{show(site.func, 60)}(…)"
