"""The summary of one function: what its callers need to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from session_lint.analysis.program.answered import answered
from session_lint.analysis.program.around import Way
from session_lint.analysis.program.background import outlasting
from session_lint.analysis.program.events import KEPT, Event, Kept, Summary
from session_lint.analysis.program.getters import memoised, returned_sites
from session_lint.analysis.program.inline import inline
from session_lint.analysis.program.keys import anew, name_of, small, unknown
from session_lint.analysis.program.knowledge import Knowledge
from session_lint.analysis.program.lasting import lasting
from session_lint.analysis.program.lookups import Lookup, Rows
from session_lint.analysis.program.matched import tells
from session_lint.analysis.program.memories import fills_context
from session_lint.analysis.program.mutexes import is_kept
from session_lint.analysis.program.obtaining import Getters, Updated
from session_lint.analysis.program.pairs import is_pair, together
from session_lint.analysis.program.places import normalise_path
from session_lint.analysis.program.setters import stated
from session_lint.analysis.program.symbols import FunctionSymbol
from session_lint.analysis.program.walked import Walk, keep
from session_lint.clients.call_shapes import is_record_class
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.module_facts import CallSite
from session_lint.facts.terms import Attr, Const, Given, Invoke, Item, Op, Param, Term, Unknown, strip, walk
from session_lint.facts.traits import METHOD, traits

_MAX_CONDITIONS = 16  # of an event that a caller takes over, the innermost
_MAX_EVENTS = 64
_MANAGERS = {"contextmanager", "asynccontextmanager"}
_MOST_WAYS = 3  # things that a function gives
_MOST_KEPT = 16  # stores that callers are told of
_LOCAL = 12  # terms in a condition that no caller can judge when it asks for the result of a method
_DEPTH = 4  # an effect more calls away than this is not looked for, as select does not
_DEPTHS = {EffectKind.OBTAIN: 5, EffectKind.CLEAR: 8, EffectKind.INVALIDATE: 8}
_LOCKS = 12  # a lock that is taken first is told from as far as both halves of a pair may be apart
_FALLBACK = 3  # what is obtained for want of what another call gives: it may be repeated, and repeats nothing
_READ_DEPTH = 3  # a look-up in a helper of a helper still belongs to its getter, or makes a fallback of what follows


class Summaries:
    """Turns the walk of a function into its summary."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._getters = Getters(known)

    def of(self, full: str, walked: Walk) -> Summary:
        """The summary of a function whose body was walked."""
        facts, function = self._known.facts[full], self._known.symbols.functions.get(full)
        updated = self._getters.updated(full, walked)
        writes, fills = lasting(self._known, full, walked)
        found = self._getters.of(full, walked, updated, writes=bool(writes or fills))
        getter, remembered = found.getter, found.remembered
        memo = function is not None and memoised(function, self._known.names)
        outgoing = {} if memo and not walked.replacements else self._outgoing(full, walked, updated)
        events, numbered = list(outgoing.values()), {id(event): number for number, event in outgoing.items()}
        if getter is not None and function is not None:
            getter = self._clean(getter, committed=getter.committed)
            if memo or self._known.kept_back(getter, full, walked):
                getter, remembered = None, getter
            else:
                events = [getter, *(e for e in events if not (e.kind is EffectKind.OBTAIN and e.site == getter.site and len(e.path) == 1))]
        gives = getter is not None or bool(walked.obtained & returned_sites(facts, self._known.symbols, identity=True))
        around = walked.around if function is not None and _is_manager(function) else None
        values = self._returned(full, walked)
        result = self._single_result(full, values)
        makes = getter is None and not memo and self._makes(full, walked, events, values)
        kept = self._kept(full, walked, self._made(values, result))
        numbers = tuple(numbered.get(id(event), -1) for event in events)
        told = set(numbers)
        possible = tuple(one for one in walked.possible if one.first in told and one.second in told)
        updates = stated(facts, updated, self._getters.spelled(full, walked), self._known.readings.is_handed, partial(self._enters, full))
        return Summary(
            *(tuple(events), kept, getter, result, memo, writes, gives, remembered, found.atomic, around, makes, numbers, possible),
            fills=fills,
            ways=self._ways(walked),
            wraps=found.wraps,
            identity=found.identity,
            updates=updates,
            changes=tuple(one for one in walked.changes.handed() if small(one))[:_MOST_KEPT],
        )

    def _enters(self, full: str, site: CallSite) -> bool:
        """Whether a call leads to functions that were looked into."""
        targets = self._known.resolver.resolve(full, site).targets
        return bool(targets) and all(target.full in self._known.facts for target in targets)

    def inline(self, full: str, walked: Walk) -> Mapping[int, Lookup]:
        """The get-or-creates of a function that have no function of their own."""
        return inline(self._known, self._getters, full, walked, self._known.summary(full))

    def _outgoing(self, full: str, walked: Walk, updated: Updated) -> dict[int, Event]:
        """The events that a caller sees, by their number in the walk."""
        done = self._done(walked) | self._denied(full, walked)
        held = {(site, place) for site, place, _, _ in self._known.held[full]}
        returned = returned_sites(self._known.facts[full], self._known.symbols, identity=False)
        rows = Rows(self._known.facts[full], self._known.symbols, partial(self._known.spelled, full), walked)
        events: dict[int, Event] = {}
        seen: set[object] = set()
        for index, event in enumerate(walked.events):
            if index in done or (event.site, event.place) in held or not _travels(event):
                continue
            fills = fills_context(event, walked, self._known.symbols)
            if not fills and self._known.kept_back(event, full, walked):
                continue
            if fills and len(event.path) == 1 and self._known.kept_back(event, full, walked):
                event = replace(event, fallback=True)  # what follows may repeat it; it repeats nothing, nor goes far
            if (
                event.kind is EffectKind.CLEAR and event.steps > _DEPTH
            ):  # so far down it makes no pair; what was obtained is over all the same
                event = replace(event, kind=EffectKind.INVALIDATE)
            event = self._beside(full, self._clean(event, committed=self._committed(walked, index)))
            event = self._getters.setting(self._ended(full, event, index, walked, returned, rows), full, walked, updated, wraps=True)
            could = (event.call, event.effect.kind if event.effect is not None else None) if event.kind is EffectKind.OPEN else None
            key = (event.kind, could, event.resource, event.columns, event.place, event.conditions)
            if key in seen:
                continue
            seen.add(key)
            if len(events) == _MAX_EVENTS:
                self._known.limits.hit(full)
            else:
                events[index] = event
        return events

    def _committed(self, walked: Walk, index: int) -> bool:
        """Whether an event is final at the end. A commit that callers see too is theirs to judge where a test decides on it that they may
        know more of: `if commit:`."""
        event, by = walked.events[index], walked.committed_by.get(index, set())
        if not walked.final.get(index, event.committed) or event.committed or not by or -1 in by:
            return walked.final.get(index, event.committed)
        ends = [walked.events[one] for one in by]
        return any(
            one.steps > _DEPTH or one.fails or set(self._clean(one, committed=False).conditions) <= set(event.conditions) for one in ends
        )

    @staticmethod
    def _ways(walked: Walk) -> tuple[Way, ...]:
        """The things that a function gives, where they are several and tests on what it was handed decide."""
        found = walked.yields or [Way(value, tests) for value, tests in walked.ends if value is not None]
        told = [way for way in found if small(way.value) and all(small(one.term) and not unknown(one.term) for one in way.conditions)]
        whole = 1 < len(told) == len(found) <= _MOST_WAYS and (walked.yields or len(found) == len(walked.ends))
        tests = [one.term for way in told for one in way.conditions]  # what an object or a module keeps may be another thing inside
        handed = all(any(isinstance(part, Param) and part.name not in ("self", "cls") for part in walk(test)) for test in tests)
        return tuple(told) if whole and tests and handed else ()

    def _beside(self, full: str, event: Event) -> Event:
        """The event as one that runs beside the callers only where the function does not wait for it."""
        return outlasting(self._known.facts[full], event, waits=self._known.handed_over.waits(full)) if event.concurrent else event

    def _denied(self, full: str, walked: Walk) -> set[int]:
        """What a function obtains although the settings say that it is no getter."""
        denied = self._known.names.denied(full)
        return {index for index, event in enumerate(walked.events) if event.kind is EffectKind.OBTAIN} if denied else set()

    def _done(self, walked: Walk) -> set[int]:
        """The events that have found their other half: what is obtained again goes on where a caller may keep the first from it. What a
        transaction replaces is filled again: a clear before that was final is one too many, so the insert goes on."""
        both = ((pair, walked.events[pair.first], walked.events[pair.second]) for pair in walked.repeats if pair.loop < 0)
        done = {pair.second for pair, first, second in both if _goes_with(first, second)}
        for pair in walked.replacements:
            if is_pair(walked, pair):
                whole = together(walked.events[pair.first], walked.events[pair.second], committed=pair.committed)
                done |= {pair.first} if whole else {pair.first, pair.second}
        return done

    def _ended(self, full: str, event: Event, index: int, walked: Walk, returned: set[int], rows: Rows) -> Event:
        """The event with how the function ends after it, and whether its row, or whether it has matched any, is returned."""
        if event.kind is EffectKind.READ:
            return answered(event, walked, rows)
        fails = index not in walked.survived or (event.kind is EffectKind.ROLLBACK and index in walked.handled)
        given = event.site in returned and (event.returned or len(event.path) == 1)
        if event.kind is EffectKind.CLEAR:
            told = self._known.facts[full].returns
            event = replace(event, tells=tells(told[0], event) if len(told) == 1 else None)
        return event if fails is event.fails and given is event.returned else replace(event, fails=fails, returned=given)

    def _clean(self, event: Event, *, committed: bool) -> Event:
        """Only conditions that a caller can judge stay."""
        kept = dict.fromkeys([c for c in event.conditions if small(c.term) and not unknown(c.term) and not self._local(c.term)])
        conditions = tuple(kept)[-_MAX_CONDITIONS:]
        over = tuple(one for one in event.over if small(one) and not unknown(one))
        if committed is event.committed and conditions == event.conditions and over == event.over:
            return event
        return replace(event, committed=committed, conditions=conditions, over=over)

    def _local(self, term: Term) -> bool:
        size, _, flags = traits(term)
        return size > _LOCAL and bool(flags & METHOD)

    @staticmethod
    def _made(values: list[Term], result: Term | None) -> Invoke | None:
        """The call that gives the object which the function makes and returns: of a class, also one that is handed in, or of a function
        that makes it."""
        made = values[0] if len(values) == 1 else None
        func = strip(result.func) if isinstance(made, Invoke) and isinstance(result, Invoke) else None
        known = func is not None and (isinstance(func, Param) or is_record_class(func))
        return made if known and isinstance(made, Invoke) and made.site >= 0 else None

    def _kept(self, full: str, walked: Walk, made: Invoke | None) -> tuple[Kept, ...]:
        presence = self._known.presence(full, walked, [])
        result: dict[Kept, None] = {}
        for kept in keep(walked, made):
            obtained = _from(kept.value, walked.obtained)
            known = small(kept.value) and not unknown(kept.value) and not obtained
            if obtained or presence.present(kept.value) is True:
                result[replace(kept, value=_given(kept.value) if known else KEPT)] = None
            else:
                result[kept if known else replace(kept, value=Unknown("kept", -1))] = None
            if len(result) == _MOST_KEPT:
                break
        return tuple(result)

    def _returned(self, full: str, walked: Walk) -> list[Term]:
        """What the function returns, with what is known of it written out."""
        presence = self._known.presence(full, walked, walked.kept)
        return list(dict.fromkeys(strip(self._known.simplified(full, term, presence)) for term in self._known.facts[full].returns))

    def _single_result(self, full: str, values: list[Term]) -> Term | None:
        if len(values) != 1 or not small(values[0]) or isinstance(values[0], Unknown):
            return None
        return self._known.readings.written(full, values[0])

    def _makes(self, full: str, walked: Walk, events: list[Event], values: list[Term]) -> bool:
        """Whether what a function returns is another value in each call: a row that it has inserted, a count that it has moved on."""
        if any(e.kind is EffectKind.INSERT and e.returned and not e.conditions for e in events) or any(map(anew, values)):
            return True
        paths = ((normalise_path(target), value) for target, value in walked.kept if isinstance(strip(value), Op))
        moved = {
            path for path, value in paths if any(isinstance(part, (Attr, Item)) and normalise_path(part) == path for part in walk(value))
        }
        returned = self._known.facts[full].returns if moved else ()
        return any(isinstance(part, (Attr, Item)) and normalise_path(part) in moved for term in returned for part in walk(term))


def _is_manager(function: FunctionSymbol) -> bool:
    """A generator that a decorator makes a context manager of."""
    return any((name_of(one) or "") in _MANAGERS for one in function.index.decorators)


def _goes_with(first: Event, second: Event) -> bool:
    """Whether the first happens wherever the second does."""
    return set(first.conditions) <= set(second.conditions)


def _travels(event: Event) -> bool:
    if event.kind is EffectKind.READ and is_kept(event):
        return event.steps <= _LOCKS
    if event.steps > _DEPTHS.get(event.kind, _DEPTH):
        return False
    if event.kind is EffectKind.READ:
        return event.steps <= _READ_DEPTH and bool(event.columns or event.call is not None)  # of an open one a caller may know the key
    if event.kind is EffectKind.CLEAR and event.effect is not None:
        return event.effect.selection not in {Selection.DIFFERENCE, Selection.RANGE}
    return event.kind is not EffectKind.OBTAIN or not event.fallback or event.steps <= _FALLBACK


def _given(value: Term) -> Term:
    return value if isinstance(value, (Const, Given)) else Given(value)


def _from(value: Term, obtained: set[int]) -> bool:
    return bool(obtained) and any(isinstance(t, Invoke) and t.site in obtained for t in walk(value))
