"""Walks the control flow of one function: which effects can follow which in one execution.

A state says which events may have happened on some way to this point, and whether each is already committed. Branches
that exit drop their state, so exclusive branches and early returns need no special case; a handler starts from the
state before its `try`, so what failed does not count as done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from session_lint.analysis.program.events import Event, Kept, for_update, same_resource
from session_lint.analysis.program.keys import Match, compare_keys, volatile
from session_lint.analysis.program.presence import Presence, contradicts
from session_lint.analysis.program.turns import invariant, made_anew, waits
from session_lint.analysis.program.walked import Outcome, Pair, State, Walk, join, merge
from session_lint.facts.effects import EffectKind, ScopeKind
from session_lint.facts.module_facts import Assume, Block, Choice, Condition, Do, Exit, FunctionFacts, Loop, Step, Store, Try, Within
from session_lint.facts.terms import Attr, Const, Given, Invoke, Item, Op, Param, Phi, Ref, Term, root, strip, walk


class Walker:
    """One walk of one function. `produce(site, walker)` gives the events of a call, in the caller's terms."""

    def __init__(
        self,
        facts: FunctionFacts,
        produce: Callable[[int, Walker], list[Event]],
        presence: Callable[[Walk], Presence],
        scopes: tuple[str, ...],
    ) -> None:
        self.facts = facts
        self.out = Walk()
        self.conditions: tuple[Condition, ...] = ()
        self.scopes = scopes
        self.locked = False
        self._row_lock: tuple[str, ...] | None = None  # the transactions in which rows were locked for update
        self._produce = produce
        self.presence = presence(self.out)

    def run(self) -> Walk:
        """Walks the body."""
        outcome = self._block(self.facts.body, {})
        for state in [outcome.after, *outcome.left, *outcome.again]:
            self._note_end(state)
        return self.out

    def _note_end(self, state: State | None, *, failed: bool = False) -> None:
        self.out.survived.update(state or () if not failed else ())
        for index, committed in (state or {}).items():
            self.out.final[index] = self.out.final.get(index, False) or committed

    def _block(self, block: Block, state: State) -> Outcome:
        saved = self.conditions
        result = Outcome(dict(state))
        for step in block:
            if result.after is None:
                break
            outcome = self._step(step, result.after)
            result.left.extend(outcome.left)
            result.again.extend(outcome.again)
            result.after = outcome.after
        self.conditions = saved
        return result

    def _step(self, step: Step, state: State) -> Outcome:
        match step:
            case Choice(arms):
                return join(self._arm(arm.conditions, arm.body, state) for arm in arms)
            case Loop():
                return self._loop(step, state)
            case Try():
                return self._try(step, state)
            case Within(scope, body):
                return self._within(scope.kind, body, state)
            case Exit(kind, _):
                return self._leave(kind, state)
            case _:
                self._pass(step, state)
                return Outcome(state)

    def _pass(self, step: Do | Store | Assume, state: State) -> None:
        match step:
            case Do(site):
                self._call(site, state)
            case Store(target, value):
                self.out.kept.append((target, value))
            case Assume(conditions):
                self.conditions = (*self.conditions, *conditions)

    def _leave(self, kind: str, state: State) -> Outcome:
        if kind == "break":
            return Outcome(None, [state])
        if kind == "continue":
            return Outcome(None, [], [state])
        self._note_end(state, failed=kind == "raise")
        return Outcome(None)

    def _arm(self, conditions: tuple[Condition, ...], body: Block, state: State) -> Outcome:
        if contradicts(self.conditions, conditions) or any(self.presence.holds(c) is False for c in conditions):
            return Outcome(None)
        saved = self.conditions
        self.conditions = (*saved, *conditions)
        try:
            return self._block(body, state)
        finally:
            self.conditions = saved

    def _within(self, kind: ScopeKind, body: Block, state: State) -> Outcome:
        saved = (self.scopes, self.locked)
        if kind is ScopeKind.LOCK:
            self.locked = True
        else:
            self.scopes = (*self.scopes, f"{self.facts.qualname}#{len(self.out.events)}.{len(self.scopes)}")
        try:
            return self._block(body, state)
        finally:
            self.scopes, self.locked = saved

    def _try(self, step: Try, state: State) -> Outcome:
        body = self._block(step.body, state)
        ends = [Outcome(None, body.left, body.again)]
        ends.append(self._block(step.orelse, body.after) if body.after is not None else Outcome(None))
        ends.extend(self._block(handler, state) for handler in step.handlers)
        joined = join(ends)
        if not step.final:
            return joined
        final = self._block(step.final, joined.after if joined.after is not None else state)
        after = final.after if joined.after is not None else None
        return Outcome(after, [*joined.left, *final.left], [*joined.again, *final.again])

    def _loop(self, step: Loop, state: State) -> Outcome:
        start = len(self.out.events)
        body = self._block(step.body, state)
        again = merge([body.after, *body.again])
        if step.kind != "endless" and not waits(self.facts, step.number):
            self._repeat_in_loop(step.number, start, again or {})
        after = None if step.kind == "endless" else merge([state, again])
        orelse = self._block(step.orelse, after) if after is not None else Outcome(None)
        return Outcome(merge([orelse.after, *body.left]), orelse.left, orelse.again)

    def _repeat_in_loop(self, number: int, start: int, again: State) -> None:
        """An event that is still there when the loop turns round happens once per iteration, with the same key."""
        for index in sorted(again):
            event = self.out.events[index]
            if index < start or event.kind is not EffectKind.OBTAIN or event.fallback or event.locked:
                continue
            if event.columns and invariant(self.facts, event, number):
                self.out.repeats.append(Pair(index, index, Match.SAME, loop=number))

    def _call(self, site: int, state: State) -> None:
        before = dict(state)
        if self.scopes:
            self.out.covered.add(site)
        for event in self._produce(site, self):
            event = self._under_row_lock(site, event)
            self._boundary(event, state)
            index = len(self.out.events)
            self.out.events.append(event)
            self._pair(index, event, before)
            self._end(event, state)
            if event.kind is EffectKind.OBTAIN and len(event.path) == 1:
                self.out.obtained.add(site)
            if not event.fails:
                state[index] = event.committed

    def _under_row_lock(self, site: int, event: Event) -> Event:
        """What is written after `select_for_update()` in the same transaction has no other writer beside it."""
        if event.kind is EffectKind.READ:
            if self.scopes and for_update(self.facts.calls[site].func):
                self._row_lock = self.scopes
        elif event.kind in {EffectKind.CLEAR, EffectKind.INSERT} and self._row_lock and set(self._row_lock) & set(event.scopes):
            return replace(event, locked=True)
        return event

    def _boundary(self, event: Event, state: State) -> None:
        """Commits and transactions opened by hand."""
        connection = event.effect.connection if event.effect is not None else None
        if event.kind is EffectKind.BEGIN:
            self.out.opened = f"{self.facts.qualname}#begin{event.site}"
            self.scopes = (*self.scopes, self.out.opened)
        elif event.kind in {EffectKind.COMMIT, EffectKind.ROLLBACK}:
            self.scopes = tuple(s for s in self.scopes if s != self.out.opened)
            self.out.opened = ""
            for index in list(state):
                if _same_connection(self.out.events[index], connection):
                    if event.kind is EffectKind.ROLLBACK:
                        del state[index]
                    else:
                        state[index] = True

    def _end(self, event: Event, state: State) -> None:
        """What was obtained ends when it is deleted, retired or invalidated."""
        if event.kind not in {EffectKind.CLEAR, EffectKind.INVALIDATE}:
            return
        for index in list(state):
            other = self.out.events[index]
            if other.kind is EffectKind.OBTAIN and same_resource(other.resource, event.resource):
                del state[index]

    def _pair(self, index: int, event: Event, before: State) -> None:
        if event.kind is EffectKind.OBTAIN and not event.fallback and not event.locked:
            self._pair_obtain(index, event, before)
        elif event.kind in {EffectKind.INSERT, EffectKind.UPSERT}:
            self._pair_insert(index, event, before)

    def _pair_obtain(self, index: int, event: Event, before: State) -> None:
        if any(volatile(value) or made_anew(value) for _, value in event.columns):
            return
        best: Pair | None = None
        for earlier in sorted(before):
            other = self.out.events[earlier]
            if other.kind is not EffectKind.OBTAIN or not same_resource(other.resource, event.resource):
                continue
            if len(other.path) == len(event.path) == 1 and other.place == event.place:
                continue  # one call seen twice: directly, and as handed to a scheduler
            match = compare_keys(other.columns, event.columns)
            if match is Match.DIFFERENT or contradicts(other.conditions, event.conditions) or wants_absence(event, other.site):
                continue
            if best is None or match > best.match:
                best = Pair(earlier, index, match)
        if best is not None:
            self.out.repeats.append(best)

    def _pair_insert(self, index: int, event: Event, before: State) -> None:
        for earlier in sorted(before, reverse=True):
            other = self.out.events[earlier]
            if other.kind is not EffectKind.CLEAR or not same_resource(other.resource, event.resource):
                continue
            if not contradicts(other.conditions, event.conditions):
                self.out.replacements.append(Pair(earlier, index, Match.UNKNOWN, before[earlier]))
                return

    def guard(self, event: Event) -> bool:
        """Whether an absent value that guards the event is a look-up for the same record."""
        keys = {strip(value) for _, value in event.columns}
        for condition in self.conditions:
            term = strip(condition.term)
            if condition.holds:
                continue
            if isinstance(term, (Item, Given)):
                term = strip(term.base)
            if isinstance(term, Op) and term.kind == "in" and strip(term.operands[0]) in keys:
                return True
            if isinstance(event.resource, Attr) and isinstance(term, Invoke) and event.resource in set(walk(term)):
                return True  # `if find(user.accounts.all(), name) is None: user.accounts.get_or_create(...)`
            if isinstance(term, Invoke) and term.site not in self.out.obtained and self._looks_up(term, event):
                return True
        return False

    def _looks_up(self, call: Invoke, event: Event) -> bool:
        """Whether the call looks for the record that the event obtains: it fills the same variable, or reads the same table."""
        site = next((s for s in self.facts.calls if s.index == call.site), None)
        if site is not None and site.target and site.target == event.target:
            return True
        reads = (e for e in self.out.events if e.site == call.site and e.kind is EffectKind.READ)
        return any(same_resource(read.resource, event.resource) for read in reads)


def wants_absence(event: Event, site: int) -> bool:
    """Whether the event happens only when the result of that call is missing: `s = None; if x: s = get(); if not s: s = get()`."""
    return any(not c.holds and site in _possible_sites(c.term) for c in event.conditions)


def _possible_sites(term: Term) -> set[int]:
    term = strip(term)
    if isinstance(term, Phi):
        return {site for option in term.options for site in _possible_sites(option)}
    if isinstance(term, Item) and term.key == Const(0):
        return _possible_sites(term.base)
    return {term.site} if isinstance(term, Invoke) else set()


def _same_connection(event: Event, connection: Term | None) -> bool:
    mine = event.effect.connection if event.effect is not None else None
    if mine is None or connection is None or len(event.path) > 1:
        return True
    return root(mine) == root(connection)  # a cursor commits with its connection


def keep(walked: Walk) -> tuple[Kept, ...]:
    """What a caller can see of the stores: those on parameters and globals."""
    return tuple(Kept(t, v) for t, v in walked.kept if isinstance(root(t), (Param, Ref)))
