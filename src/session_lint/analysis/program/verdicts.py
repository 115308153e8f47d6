"""What became of one effect: with what it makes a pair, and the step that stopped each pair from being reported."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.replacements import always_in_transaction, always_under_lock
from session_lint.analysis.program.several import Sets
from session_lint.analysis.program.stopped import (
    stopped_repeat,
    stopped_replacement,
    unpaired_repeat,
    unpaired_replacement,
)
from session_lint.analysis.program.walked import Pair
from session_lint.analysis.program.wording import condition_words, effect_words, inside, resource_words
from session_lint.facts.effects import NEW_ROWS, EffectKind
from session_lint.facts.explanation import Step
from session_lint.facts.flow import written
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite
from session_lint.facts.summary import Repeat, Replacement
from session_lint.facts.terms import show

_CLEARING = ("delete", "clear", "remove", "purge", "truncate", "drop", "execute")
_INSERTING = ("insert", "add", "create", "save", "put", "write", "store", "upsert", "execute")
_IDLE = {"acquire", "connect", "cursor", "debug", "error", "format", "get", "info", "items", "join", "keys", "split", "values", "warning"}
_MOST = 3  # partners told of one effect, and callers that are looked at


class Verdicts:
    """Judges effects. `replacements` and `repeats` are what the program found: they decide, the words only follow."""

    def __init__(self, linker: Linker, sources: Sequence[str], replacements: Sequence[Replacement], repeats: Sequence[Repeat]) -> None:
        self._linker = linker
        self._sources = frozenset(sources)
        self._sets = Sets(linker)
        self._replaced = {(one.function, one.clear, one.insert) for one in replacements}
        self._inserted = {one.insert: one for one in replacements}
        self._repeated = {(one.function, one.first, place) for one in repeats for place in (one.second, one.again) if place is not None}
        self._again = {place for one in repeats for place in (one.second, one.again) if place is not None}

    @cached_property
    def _covered(self) -> frozenset[str]:
        return always_in_transaction(self._linker)

    @cached_property
    def _locked(self) -> frozenset[str]:
        return always_under_lock(self._linker)

    @cached_property
    def _called(self) -> frozenset[str]:
        """The functions of which a call is known."""
        resolve, facts = self._linker.resolver.resolve, self._linker.facts
        return frozenset(target.full for full in facts for site in facts[full].calls for target in resolve(full, site).targets)

    @cached_property
    def _at(self) -> dict[Place, list[tuple[str, int]]]:
        found: dict[Place, list[tuple[str, int]]] = defaultdict(list)
        for full in sorted(self._linker.walks):
            for index, event in enumerate(self._linker.walks[full].events):
                found[event.place].append((full, index))
        return found

    def of(self, full: str, index: int) -> Iterator[Step]:
        """What stopped the effect in the function itself, and, where it is the function's own, in those that call it."""
        event = self._linker.walks[full].events[index]
        steps = list(self._own(full, index))
        if len(event.path) == 1:
            above = [(f, i) for f, i in self._at[event.place] if f != full and self._linker.walks[f].events[i].kind is event.kind]
            for other, number in above[:_MOST]:
                steps += list(self._own(other, number, above=True))
        walked = self._linker.walks[full]
        yield from steps or self._alone(full, event, above=len(event.path) == 1)
        if full in self._sources and not any(index in {p.first, p.second} for p in (*walked.replacements, *walked.repeats)):
            yield from self._dark(full, event)

    def sent(self, full: str, site: CallSite) -> tuple[Event, Place] | None:
        """What a statement does that a call makes and another one runs, and where it is run."""
        place = Place(self._linker.paths[full], site.name_span)
        for other, index in self._at.get(place, ()):
            event = self._linker.walks[other].events[index]
            if other == full and len(event.path) == 1 and event.site != site.index:
                return event, Place(place.path, self._linker.facts[full].calls[event.site].name_span)
        return None

    def opened(self, event: Event) -> Iterator[Step]:
        """What a call that its caller decides about does for those that were read."""
        for full, index in self._at[event.place]:
            found = self._linker.walks[full].events[index]
            if found.kind is not EffectKind.OPEN:
                yield Step(f"called from `{self.name(full)}` it {effect_words(found)}", found.path[0].place)
                yield from self._own(full, index, above=True)

    def _own(self, full: str, index: int, *, above: bool = False) -> Iterator[Step]:
        event = self._linker.walks[full].events[index]
        if full not in self._sources:
            if not above:
                yield Step("it is in test, migration or seed code: no finding starts there unless a path points to it")
            return
        if event.kind is EffectKind.OBTAIN:
            yield from self._obtained(full, index)
        elif event.kind in NEW_ROWS:
            yield from self._written(full, index, above=above)
        else:
            yield from self._cleared(full, index)

    # -- a clear and an insert

    def _written(self, full: str, index: int, *, above: bool) -> Iterator[Step]:
        walked = self._linker.walks[full]
        event = walked.events[index]
        getter = self._linker.summary(full).getter
        if not above and getter is not None and same_resource(getter.resource, event.resource):
            of = f"`{self.name(full)}` is a get-or-create of {resource_words(event.resource)}"
            yield Step(f"{of}: for its callers this is no insert of its own")
        pairs = [pair for pair in walked.replacements if pair.second == index]
        for pair in pairs[:_MOST]:
            yield from self._pair(full, pair, walked.events[pair.first], "before it")
        clears = [i for i, other in enumerate(walked.events) if other.kind is EffectKind.CLEAR and i not in {p.first for p in pairs}]
        alike = [i for i in clears if same_resource(walked.events[i].resource, event.resource)]
        for i in alike[:_MOST]:
            yield Step(f"`{self.name(full)}` {effect_words(walked.events[i])}", walked.events[i].place)
            yield Step(f"but {unpaired_replacement(walked, i, index)}", depth=1)
        if not above and not pairs and not alike:
            yield from self._of_others([walked.events[i] for i in clears if i < index], event)

    def _of_others(self, clears: list[Event], event: Event) -> Iterator[Step]:
        for other in clears[:_MOST]:
            yield Step(f"before it the function {effect_words(other)}", other.place)
            unknown = other.resource is None or event.resource is None
            to = f"what is inserted here goes into {resource_words(event.resource)}"
            yield Step(f"but {'whether that is the same table cannot be told' if unknown else to}", depth=1)

    def _cleared(self, full: str, index: int) -> Iterator[Step]:
        walked = self._linker.walks[full]
        event = walked.events[index]
        pairs = [pair for pair in walked.replacements if pair.first == index]
        for pair in pairs[:_MOST]:
            yield from self._pair(full, pair, walked.events[pair.second], "after it")
        seconds = {pair.second for pair in walked.replacements}
        others = [i for i, other in enumerate(walked.events) if other.kind in NEW_ROWS and i not in seconds]
        alike = [i for i in others if same_resource(walked.events[i].resource, event.resource)]
        for i in alike[:_MOST]:
            yield Step(f"`{self.name(full)}` {effect_words(walked.events[i])}", walked.events[i].place)
            yield Step("but that comes before" if i < index else f"but {unpaired_replacement(walked, index, i)}", depth=1)

    def _pair(self, full: str, pair: Pair, other: Event, when: str) -> Iterator[Step]:
        walked = self._linker.walks[full]
        clear, insert = walked.events[pair.first].place, walked.events[pair.second].place
        yield Step(f"{when} `{written(self.name(full))}` {effect_words(other)}", other.place)
        stopped = stopped_replacement(self._linker, self._sets, full, pair, covered=full in self._covered, locked=full in self._locked)
        if (full, clear, insert) in self._replaced:
            yield Step("the two are reported", insert, 1)
        elif insert in self._inserted and not stopped:
            yield Step("the insert is reported once, by another way", self._inserted[insert].clear, 1)
        else:
            yield Step(f"but {stopped or 'nothing shows that the two are for the same rows'}", depth=1)

    # -- records obtained

    def _obtained(self, full: str, index: int) -> Iterator[Step]:
        walked = self._linker.walks[full]
        event = walked.events[index]
        if event.fallback:
            when = condition_words(event.conditions)
            yield Step(f"guarded: it happens only after a look-up of the same record found none{f' ({when})' if when else ''}")
        if event.locked:
            yield Step("it happens under a lock: the record is read again on purpose")
        pairs = [pair for pair in walked.repeats if index in {pair.first, pair.second}]
        for pair in pairs[:_MOST]:
            other = walked.events[pair.first if pair.second == index else pair.second]
            yield Step(f"{'in a loop' if pair.loop >= 0 else 'also'} `{self.name(full)}` {effect_words(other)}", other.place)
            yield self._repeat(full, pair)
        paired = {number for pair in pairs for number in (pair.first, pair.second)}
        yield from self._beside(full, index, paired)

    def _repeat(self, full: str, pair: Pair) -> Step:
        walked = self._linker.walks[full]
        first, second = walked.events[pair.first].place, walked.events[pair.second].place
        stopped = stopped_repeat(self._linker, full, walked, pair)
        if (full, first, second) in self._repeated:
            return Step("the two are reported", second, 1)
        if second in self._again and not stopped:
            return Step("the second is reported once, by another way", second, 1)
        return Step(f"but {stopped or 'its key does not show that it is one record'}", depth=1)

    def _beside(self, full: str, index: int, paired: set[int]) -> Iterator[Step]:
        """Other records of the same kind that the function obtains, and why they are not this one again."""
        walked = self._linker.walks[full]
        others = [
            i
            for i, other in enumerate(walked.events)
            if i != index
            and i not in paired
            and other.kind is EffectKind.OBTAIN
            and same_resource(other.resource, walked.events[index].resource)
        ]
        for i in others[:_MOST]:
            reason = unpaired_repeat(walked, min(i, index), max(i, index))
            if reason and walked.events[i].place != walked.events[index].place:
                yield Step(f"`{self.name(full)}` {effect_words(walked.events[i])}", walked.events[i].place)
                yield Step(f"but {reason}", depth=1)

    # -- alone

    def _alone(self, full: str, event: Event, *, above: bool) -> Iterator[Step]:
        """Nothing makes a pair with it."""
        on, where = resource_words(event.resource), f"`{self.name(full)}` or in what calls it" if above else f"`{self.name(full)}`"
        if event.kind is EffectKind.OBTAIN:
            yield Step(f"nothing else in {where} is known to obtain that record: once is fine")
        elif event.kind in NEW_ROWS:
            yield Step(f"no earlier clear of {on} reaches this insert in {where}")
        else:
            yield Step(f"no later insert into {on} is reached from this clear in {where}")
        if above and full not in self._called:
            yield Step(f"nothing that was read is known to call `{self.name(full)}`")

    def _dark(self, full: str, event: Event) -> Iterator[Step]:
        """Calls beside an effect without a partner that were not understood."""
        other = "it could get or create it too" if event.kind is EffectKind.OBTAIN else "it could be the other half"
        for site in self._suspects(full, event)[:_MOST]:
            place = Place(self._linker.paths[full], site.name_span)
            yield Step(f"what `{show(site.func, 50)}` does is not known: {other}", place)

    def _suspects(self, full: str, event: Event) -> list[CallSite]:
        """The calls that could be the other half of an effect, had they been understood: the telling names first."""
        clears = event.kind is EffectKind.CLEAR
        words = _CLEARING if event.kind in NEW_ROWS else _INSERTING if clears else ()
        resolve, sites = self._linker.resolver.resolve, self._linker.facts[full].calls
        effective = self.effective(full)
        known = [site.span for site in sites if site.index in effective]
        dark = [
            site
            for site in sites
            if site.index not in effective
            and (site.index > event.site if clears else site.index < event.site)
            and not resolve(full, site).targets
            and not any(inside(site.span, span) for span in known)
        ]
        telling = [site for site in dark if any(word in (name_of(site.func) or "").lower() for word in words)]
        others = [site for site in dark if site not in telling and (name_of(site.func) or "") not in _IDLE]
        return telling + [site for site in others if resolve(full, site).reason != "outside"]

    def not_followed(self, full: str) -> list[CallSite]:
        """The calls of a function that lead to nothing that is known."""
        resolve = self._linker.resolver.resolve
        sites, effective = self._linker.facts[full].calls, self.effective(full)
        return [s for s in sites if s.index not in effective and not (r := resolve(full, s)).targets and r.reason != "outside"]

    def effective(self, full: str) -> frozenset[int]:
        """The calls of a function that have an effect by themselves."""
        events = self._linker.walks[full].events
        return frozenset(event.site for event in events if len(event.path) == 1 and event.kind is not EffectKind.OPEN)

    def name(self, full: str) -> str:
        """A function as the user names it: without its module."""
        function = self._linker.symbols.functions.get(full)
        return function.index.qualname if function is not None else f"the code of {full}"

    def start(self, full: str) -> Place | None:
        """Where a function is defined, when it was read."""
        facts = self._linker.facts.get(full)
        return Place(self._linker.paths[full], facts.name_span) if facts is not None else None
