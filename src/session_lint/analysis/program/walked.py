"""What a walk of one function gives: events, pairs of them, and the state behind each block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from session_lint.analysis.program.around import Around, Way
from session_lint.analysis.program.changes import Changes
from session_lint.analysis.program.events import Event, Kept, Possible, ends
from session_lint.analysis.program.keys import Match
from session_lint.analysis.program.places import is_call, made_by
from session_lint.analysis.program.substitution import GIVEN, HANDED, exchanged
from session_lint.analysis.program.ways import Ways
from session_lint.clients.call_shapes import is_record_class
from session_lint.facts.effects import EffectKind
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Invoke, Op, Param, Ref, Term, root

State = dict[int, bool]  # the events that may have happened, by number, and whether each is committed


@dataclass(slots=True)
class Outcome:
    """The state behind a block: None when the block always leaves. `left` are the states at break, `again` at continue."""

    after: State | None
    left: list[State] = field(default_factory=list)
    again: list[State] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two events of one function that can happen in one execution, the first before the second.

    `committed`: the first was committed before the second. `loop` is the loop of an event that pairs with itself.
    """

    first: int
    second: int
    match: Match
    committed: bool = False
    loop: int = -1


@dataclass(slots=True)
class Walk:
    """The outcome of a walk: every event in order, the pairs, what was stored, and whether a transaction stays open."""

    events: list[Event] = field(default_factory=list)
    repeats: list[Pair] = field(default_factory=list)
    replacements: list[Pair] = field(default_factory=list)
    possible: list[Possible] = field(default_factory=list)  # pairs of which a caller may know more
    beside: set[tuple[int, int]] = field(default_factory=set)  # inserts into one table, the first before the second in one execution
    kept: list[tuple[Term, Term]] = field(default_factory=list)
    passed: list[tuple[int, int, tuple[Condition, ...]]] = field(default_factory=list)  # of blocks: first event, end, what holds behind
    ends: list[tuple[Term | None, tuple[Condition, ...]]] = field(default_factory=list)  # what it returns, and the tests that lead there
    ways: Ways = field(default_factory=Ways)  # on which each of them happens
    kept_by: list[int] = field(default_factory=list)  # the call site whose callee stored it, or -1
    kept_if: dict[int, tuple[Condition, ...]] = field(default_factory=dict)  # of a store, by number: Kept.conditions
    stored: dict[int, int] = field(default_factory=dict)  # events that obtain what may be built, by number: the call site that stores it
    remembered: list[tuple[Term, Term, int]] = field(default_factory=list)  # put into a memory (`cache.set(key, x)`); the site as above
    escaped: dict[int, int] = field(default_factory=dict)  # objects that a callee may have changed: where made -> stores before that
    branch: tuple[int, ...] = ()  # where the walk is: the arms, loops and early returns that lead here, by number
    branches: int = 0
    reached: dict[int, tuple[int, ...]] = field(default_factory=dict)  # the branch of each call site
    obtained: set[int] = field(default_factory=set)
    final: State = field(default_factory=dict)
    committed_by: dict[int, set[int]] = field(default_factory=dict)  # the events that may have made another one final; -1: a block did
    survived: set[int] = field(default_factory=set)  # events after which the function may end without an exception
    opened: str = ""
    covered: set[int] = field(default_factory=set)  # call sites inside a transaction
    under_lock: set[int] = field(default_factory=set)  # call sites inside a lock
    handled: set[int] = field(default_factory=set)  # events in a handler of an exception
    serialised: set[int] = field(default_factory=set)  # events that obtain, under a lock on rows or a table
    around: Around | None = None  # what holds at the first `yield`
    paused: bool = False
    yields: list[Way] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    def keep(self, target: Term, value: Term, *, kept: Kept | None = None, site: int = -1) -> None:
        """Notes a store: of the callee of a call site, where `kept` says how."""
        sure, told_by = (kept.sure, None if kept.sure else kept.told_by) if kept is not None else (True, None)
        if kept is not None and kept.conditions:
            self.kept_if[len(self.kept)] = kept.conditions
        self.kept.append((target, value))
        if kept is None or not kept.made:
            self.changes.store(target, site)
        self.kept_by.append(site)
        self.ways.store(self.branch if sure else (*self.branch, self.fork()))
        if told_by is not None:
            self.ways.owe(site, truthy=told_by)

    def answer(self, value: Term | None, tests: tuple[Condition, ...], *, truthy: bool | None) -> None:
        """Notes that the function ends here without an exception, with what it returns and the tests that have led here."""
        self.ways.answer(self.branch, truthy=truthy)
        self.ends.append((value, tests))

    def pass_by(self, start: int, tests: tuple[Condition, ...], around: int) -> tuple[Condition, ...]:
        """Notes what the events of a block, which began at event `start`, have left true behind it, beside the tests around it."""
        if len(tests) > around and len(self.events) > start:
            self.passed.append((start, len(self.events), tests[around:]))
        return tests

    def commit(self, index: int, by: int, state: State) -> None:
        """Notes that an event is final now, by another one or the end of a block."""
        if not state[index]:
            self.committed_by.setdefault(index, set()).add(by)
        state[index] = True

    def note_end(self, state: State | None, *, failed: bool = False) -> None:
        """Notes a way out of the function, and what may have happened on it."""
        self.survived.update(state or () if not failed else ())
        for index, committed in (state or {}).items():
            self.final[index] = self.final.get(index, False) or committed

    def close(self, around: Around, state: State) -> None:
        """Notes that what ran on the connection of a block is final, or gone, at its end."""
        for index in list(state):
            unit = self.events[index].unit
            if around.ambient or (unit is not None and unit == around.unit):
                self.commit(index, -1, state)

    def pause(self, way: Way) -> None:
        """Notes a `yield`."""
        self.yields.append(way)
        self.paused, self.around = True, self.around or way.around

    def mark(self) -> tuple[int, int]:
        """How many events there are, and how many changes."""
        return len(self.events), len(self.changes)

    def fork(self) -> int:
        """The number of a new branch."""
        self.branches += 1
        return self.branches

    def is_sure(self, index: int, made: int = -1) -> bool:
        """Whether a store has happened on every way to where the walk is, or wherever there is what a call site has made."""
        if index in self.kept_if:
            return False
        return self.ways.is_sure(index, self.branch) or (made in self.reached and self.ways.is_sure(index, self.reached[made]))


def end_obtained(walked: Walk, event: Event, state: State) -> None:
    """What was obtained ends when it is deleted, retired or invalidated."""
    if event.kind not in {EffectKind.CLEAR, EffectKind.INVALIDATE}:
        return
    for index in [one for one in state if walked.events[one].kind is EffectKind.OBTAIN and ends(event, walked.events[one])]:
        del state[index]


def merge(states: Iterable[State | None]) -> State | None:
    """What may have happened on one of several ways; None when none of them gets here."""
    merged: State | None = None
    for state in states:
        if state is None:
            continue
        merged = {} if merged is None else merged
        for index, committed in state.items():
            merged[index] = merged.get(index, False) or committed
    return merged


def join(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of alternatives."""
    found = list(outcomes)
    return Outcome(merge(o.after for o in found), [s for o in found for s in o.left], [s for o in found for s in o.again])


def keep(walked: Walk, made: Invoke | None) -> tuple[Kept, ...]:
    """What a caller can see of the stores, and of what is put into memories: those on parameters and globals, and those on the object
    that the function has made and gives."""
    memories = tuple(Kept(t, v, memory=True) for t, v, _ in walked.remembered if _outlives(root(t)))
    ways = walked.ways
    places = ((index, target, value) for index, (target, value) in enumerate(walked.kept))
    seen = ((index, place, value) for index, target, value in places if (place := _seen(target, made)) is not None)
    told = walked.kept_if
    return memories + tuple(
        Kept(target, value, ways.always(index), ways.told_by(index), conditions=told.get(index, ())) for index, target, value in seen
    )


def _seen(target: Term, made: Invoke | None) -> Term | None:
    """The place of a store for a caller; None of an object that the function has made for itself."""
    start = made_by(target)
    if start is not None and made is not None and is_call(start, made):
        return exchanged(target, start, GIVEN)
    own = start is not None and is_record_class(start.func)
    return target if not own and _outlives(root(target)) else None


def _outlives(start: Term) -> bool:
    return isinstance(start, (Param, Ref)) or (isinstance(start, Op) and start.kind == HANDED)
