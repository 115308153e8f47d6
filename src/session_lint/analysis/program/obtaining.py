"""Which getter a function is, if it is one: by what it returns, by what it looks up and makes, by what it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from session_lint.analysis.program.building import by_building
from session_lint.analysis.program.events import Columns, Event, function_identity, same_resource
from session_lint.analysis.program.getters import (
    INFRASTRUCTURE_NAMES,
    by_name,
    by_return,
    by_upsert,
    hands_back,
    key_columns,
    returned_sites,
)
from session_lint.analysis.program.keys import anew, unknown, volatile
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.lookups import Lookup, Rows, by_lookup
from session_lint.analysis.program.setters import bound, only_sets, writes as writes_of, written
from session_lint.analysis.program.spreads import told
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.finding import ChainStep
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Attr, Invoke, Param, Ref, Term, strip, walk

Updated: TypeAlias = Mapping[int, Columns]  # what callees write into rows by statements, by call site


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a function as a getter: the fields of its summary."""

    getter: Event | None = None
    atomic: bool = False
    wraps: bool = False
    remembered: Event | None = None
    identity: bool = False  # of the record of a getter that it calls, it gives the id


class Getters:
    """Judges the functions of one program."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known

    def of(self, full: str, walked: Walk, updated: Updated, *, writes: bool) -> Found:
        """What a function obtains; `writes` says that it may make something that lasts."""
        facts, function = self._known.facts[full], self._known.symbols.functions.get(full)
        if function is None or self._known.names.denied(full):
            return Found()
        configured = self._known.names.configured(full)[0]
        named = configured or self._known.names.shape(function.index.name)
        returned = returned_sites(facts, self._known.symbols, identity=named or not hands_back(facts))
        if not named and hands_back(facts):
            returned = {site for site in returned if not self._gives_id(full, site)}
        obtained = (e for e in walked.events if e.kind is EffectKind.OBTAIN and e.site in returned)
        again = {e.site for e in obtained if self._calls_itself(full, walked, e.site, e)}
        handed = by_return(walked, returned - again, facts, self._known.symbols, partial(self._known.spelled, full))
        getter = handed or self._by_body(full, walked, returned)
        if getter is not None and not configured:
            getter = self.setting(getter, full, walked, updated, wraps=handed is not None)
        remembered = self._remembered(full, walked, returned) if getter is None else None
        if (getter is None or (getter.sets and named)) and remembered is None and (writes or configured):
            getter = by_name(function, walked, facts, self._known.names, self._entry(full, facts))
        if getter is None and remembered is None:
            getter = self._built(full, walked, updated)
        keyed = None if getter is None else self._keyed(getter, function, walked)
        of_record = returned_sites(facts, self._known.symbols, identity=False)
        whole = named or handed is None or (handed.site in of_record and not self._gives_id(full, handed.site))
        hands_on = handed is not None and bool(handed.sets)  # what the other one writes where it is given
        return Found(keyed, handed is None or named, handed is not None and not hands_on, remembered, identity=not whole)

    def _gives_id(self, full: str, site: int) -> bool:
        """Whether a call enters functions that only give the id of what they obtain."""
        targets = self._known.resolver.resolve(full, self._known.facts[full].calls[site]).targets if site >= 0 else ()
        return bool(targets) and all(self._known.summary(target.full).identity for target in targets)

    def _by_body(self, full: str, walked: Walk, returned: set[int]) -> Event | None:
        return by_lookup(walked, self._rows(full, walked), partial(self._calls_itself, full, walked)) or by_upsert(walked, returned)

    def _rows(self, full: str, walked: Walk) -> Rows:
        return Rows(self._known.facts[full], self._known.symbols, partial(self._known.spelled, full), walked)

    def _built(self, full: str, walked: Walk, updated: Updated) -> Event | None:
        """What a function looks up or builds, where nothing else makes a getter of it."""
        found = by_building(walked, self._rows(full, walked))
        return None if found is None else self.setting(found, full, walked, updated, wraps=False)

    def _calls_itself(self, full: str, walked: Walk, index: int, read: Event) -> bool:
        """Whether a call site of a function calls it again for the key of a read."""
        if index < 0:
            return False
        site = self._known.facts[full].calls[index]
        key = {part for _, value in read.columns for part in walk(value) if isinstance(part, Param)}
        for target in self._known.resolver.resolve(full, site).targets:
            values = self._known.resolver.bind(target, site).values
            if target.full == full and self._hands_on(full, walked, key, values):
                return True
        return self._helper_calls_it(full, walked, site, key)

    def _hands_on(self, full: str, walked: Walk, key: set[Param], values: Mapping[str, Term]) -> bool:
        """Whether each parameter gets what it is in the function itself."""
        presence = self._known.presence(full, walked, walked.kept)
        return all(strip(self._known.simplified(full, values.get(part.name, part), presence)) == part for part in key)

    def _helper_calls_it(self, full: str, walked: Walk, site: CallSite, key: set[Param]) -> bool:
        """Whether a function returns what a call of this one for the key gives."""
        told = self._known.spelled(full, Invoke(site.func, site.args, site.kwargs, site.index))
        function = self._known.symbols.functions.get(full)
        if not isinstance(told, Invoke) or told.site >= 0 or function is None:
            return False
        names = [parameter.name for parameter in function.index.parameters]
        if isinstance(told.func, Attr) and function.owner is not None and told.func == Attr(Param("self"), function.index.name):
            names = names[1:]
        elif not isinstance(told.func, Ref) or self._known.symbols.lookup(told.func.name) is not function:
            return False
        values = {**dict(zip(names, told.args, strict=False)), **dict(told.kwargs)}
        return self._hands_on(full, walked, key, values)

    def updated(self, full: str, walked: Walk) -> Updated:
        """What callees write into rows by statements, by call site."""
        found: dict[int, Columns] = {}
        spelled = self.spelled(full, walked)
        for site in self._known.facts[full].calls:
            for target in self._known.resolver.resolve(full, site).targets:
                updates = self._known.summary(target.full).updates
                if updates:
                    values = {name: spelled(value) for name, value in self._known.values(full, site, target).items()}
                    found[site.index] = found.get(site.index, ()) + bound(updates, values)
        return found

    def spelled(self, full: str, walked: Walk) -> Callable[[Term], Term]:
        """Writes out what is known of a term when the function ends, on whichever way it was stored."""
        if not walked.kept:
            return strip
        presence = self._known.presence(full, walked, list(walked.kept))
        return lambda term: self._known.simplified(full, term, presence)

    def setting(self, getter: Event, full: str, walked: Walk, updated: Updated, *, wraps: bool) -> Event:
        """The getter with what it writes into a record that it finds. One that does more with what another one obtains is its caller."""
        function, facts = self._known.symbols.functions.get(full), self._known.facts[full]
        if function is None or (wraps and (getter.kind is not EffectKind.OBTAIN or len(getter.path) > 1 or getter.sets)):
            return getter
        reads = {e.site for e in walked.events if e.kind is EffectKind.OBTAIN and same_resource(e.resource, getter.resource)}
        if wraps and not only_sets(walked, reads):
            return getter
        arguments, constants = written(
            getter, walked, writes_of(facts, walked, updated, self.spelled(full, walked)), function, self._known.symbols
        )
        return replace(getter, sets=arguments, marks=getter.marks if wraps else constants)

    def writes_into(self, full: str, walked: Walk, lookup: Lookup) -> bool:
        """Whether a function writes an argument into the record that it looks up."""
        function, facts = self._known.symbols.functions[full], self._known.facts[full]
        found = writes_of(facts, walked, self.updated(full, walked), self.spelled(full, walked))
        return bool(written(lookup.read, walked, found, function, self._known.symbols)[0])

    def _remembered(self, full: str, walked: Walk, returned: set[int]) -> Event | None:
        """What a function obtains and keeps, or hands on of a function that keeps it: a second call costs nothing."""
        for event in walked.events:
            if event.kind is EffectKind.OBTAIN and event.site in returned and self._known.kept_back(event, full, walked):
                return event
        for site in (self._known.facts[full].calls[index] for index in sorted(returned) if index >= 0):
            for target in self._known.resolver.resolve(full, site).targets:
                kept = self._known.summary(target.full).remembered
                if kept is not None:
                    return kept
        return None

    def _keyed(self, getter: Event, function: FunctionSymbol, walked: Walk) -> Event:
        """A getter whose key cannot be told from its body is known by its own name and arguments."""
        if any(anew(value) for _, value in getter.columns):  # never the same record
            return getter
        facts = self._known.facts[function.full]
        getter = replace(getter, columns=told(getter.columns, facts, INFRASTRUCTURE_NAMES))
        complete = getter.effect is None or getter.effect.complete
        if complete and not any(unknown(value) or volatile(value) for _, value in getter.columns):
            return getter
        columns = key_columns(function, facts, walked.events, None, getter.columns)
        return replace(getter, resource=function_identity(function.full), columns=columns)

    def _entry(self, full: str, facts: FunctionFacts) -> Event:
        step = ChainStep(full, Place(self._known.paths[full], facts.name_span), "")
        return Event(EffectKind.OBTAIN, None, (), (step,), -2)
