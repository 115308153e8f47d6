"""Walks the control flow of one function: which effects can follow which in one execution.

A state says which events may have happened on some way to this point, and whether each is already committed. Branches
that exit drop their state, so exclusive branches and early returns need no special case; a handler starts from the
state before its `try`, so what failed does not count as done.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from session_lint.analysis.program.around import Around, Way
from session_lint.analysis.program.events import Event, same_connection, same_rows
from session_lint.analysis.program.exclusion import contradicts
from session_lint.analysis.program.frames import Covering, Frames, Managed
from session_lint.analysis.program.keys import ANEW
from session_lint.analysis.program.locks import keep_inside, keeps, under_row_lock
from session_lint.analysis.program.memories import remembers
from session_lint.analysis.program.missed import common, of_handlers
from session_lint.analysis.program.pairing import pair, pair_inside
from session_lint.analysis.program.sequences import Sequence, drop_repeats, repeat_in_loop
from session_lint.analysis.program.turns import moves_on, waits
from session_lint.analysis.program.uniqueness import inserted
from session_lint.analysis.program.units import Unit, apart
from session_lint.analysis.program.walked import Outcome, State, Walk, end_obtained, join, merge
from session_lint.facts.effects import EffectKind, Scope, ScopeKind
from session_lint.facts.module_facts import Assume, Block, Choice, Condition, Do, Exit, FunctionFacts, Loop, Pause, Step, Store, Try, Within
from session_lint.facts.terms import Attr, Const, Op, Term


class Walker:
    """One walk of one function."""

    def __init__(self, facts: FunctionFacts, frames: Frames, scopes: tuple[Covering, ...]) -> None:
        self.facts = facts
        self.out = Walk()
        self.conditions: tuple[Condition, ...] = ()
        self._reached: tuple[Condition, ...] = ()  # at the end of the last block
        self.coverings = scopes
        self._outer = len(scopes)
        self._commits = Counter[str]()  # of blocks that open a transaction, how often it has ended inside
        self._tried: tuple[list[Event], ...] = ()  # of each handler of exceptions around, what its `try` block inserts
        self._ending: tuple[Managed, ...] = ()  # the `with` blocks around, outermost first
        self._frames = frames
        self.presence = frames.presence(self.out)
        self.locked, self._turning = False, 0  # inside a lock; loops around
        self.turn: dict[int, int] = {}  # of call sites in a loop over a list of functions, which of them is meant
        self.meant: dict[int, str] = {}  # of those that hand it to another function, its name

    def covering(self, unit: Unit | None) -> tuple[str, ...]:
        """The transactions that are open here and cover what runs on a connection: after a commit in a block it is another one."""
        own = [one for one in self.coverings if one.ambient or not apart(one.unit, unit)]
        return tuple(f"{one.name}+{self._commits[one.name]}" if one.name in self._commits else one.name for one in own)

    def run(self) -> Walk:
        """Walks the body."""
        outcome = self._block(self.facts.body, {})
        if outcome.after is not None:
            self.out.answer(None, self._reached, truthy=False)
        for state in [outcome.after, *outcome.left, *outcome.again]:
            self.out.note_end(state)
        return self.out

    def _block(self, block: Block, state: State) -> Outcome:
        saved, branch, start = self.conditions, self.out.branch, len(self.out.events)
        result = Outcome(dict(state))
        for step in block:
            if result.after is None:
                break
            outcome = self._step(step, result.after)
            result.left.extend(outcome.left)
            result.again.extend(outcome.again)
            result.after = outcome.after
        self._reached = self.out.pass_by(start, self.conditions, len(saved)) if result.after is not None else self.conditions
        self.conditions, self.out.branch = saved, branch
        return result

    def _fork(self, block: Block, state: State, supposed: tuple[Condition, ...] = ()) -> Outcome:
        """A block that may not run, and if it does only where conditions hold."""
        saved, branch = self.conditions, self.out.branch
        self.out.branch, self.conditions = (*branch, self.out.fork()), (*saved, *supposed)
        outcome = self._on_way(block, state)
        self.conditions, self.out.branch = saved, branch
        return outcome

    def _on_way(self, block: Block, state: State) -> Outcome:
        """A block on one of several ways: what it ends, and then leaves, is still open on the others."""
        held = self.coverings, self.out.opened, self._commits
        outcome = self._block(block, state)
        if outcome.after is None:
            self.coverings, self.out.opened, self._commits = held
        return outcome

    def _step(self, step: Step, state: State) -> Outcome:
        match step:
            case Choice(arms):
                return join(self._arm(arm.conditions, arm.body, state) for arm in arms)
            case Loop():
                return self._loop(step, state)
            case Try():
                return self._try(step, state)
            case Within(scope, body):
                return self._within(scope, body, state)
            case Exit(kind, value):
                if kind == "return":
                    self.out.answer(value, self.conditions, truthy=value is not None and self.presence.present(value))
                return self._leave(kind, state)
            case _:
                self._pass(step, state)
                return Outcome(state)

    def _pass(self, step: Do | Store | Assume | Pause, state: State) -> None:
        match step:
            case Pause(value):
                self._pause(value, state)
            case Do(site):
                self._call(site, state)
            case Store(target, value):
                known = self._frames.value(value, self)
                self.out.keep(target, Op(ANEW, (known,)) if self._turning and moves_on(target, value) else known)
                self.out.changes.change(target, lambda term: self._frames.value(term, self))
            case Assume(conditions):
                self._suppose(conditions)

    def _suppose(self, conditions: tuple[Condition, ...]) -> None:
        """What must hold from here on."""
        self.conditions = (*self.conditions, *conditions)
        self.out.branch = (*self.out.branch, self.out.fork())
        self.out.ways.suppose(conditions, self.out.branch)

    def _leave(self, kind: str, state: State) -> Outcome:
        if kind in {"break", "continue"}:
            return Outcome(None, [state]) if kind == "break" else Outcome(None, [], [state])
        for managed in reversed(self._ending):
            self._finish(managed, state)
        self.out.note_end(state, failed=kind == "raise")
        return Outcome(None)

    def _pause(self, value: Term | None, state: State) -> None:
        """A `yield`: what is open here is open in the `with` block of a context manager."""
        own = self.coverings[self._outer :]
        unit = self._frames.unit(value) if value is not None else None
        held = next((one.unit for one in own if not one.ambient), unit)
        ends = next((m.around.ends for m in reversed(self._ending) if m.around.ends), "close" if unit is not None and unit.opened else "")
        locks = keeps(self.out, state, [one.name for one in own])
        around = Around(bool(own), any(one.ambient for one in own), held, ends, self.locked, unit, locks)
        self.out.pause(Way(value or Const(None), self.conditions, around))

    def _arm(self, conditions: tuple[Condition, ...], body: Block, state: State) -> Outcome:
        if contradicts(self.conditions, conditions) or any(self.presence.holds(c) is False for c in conditions):
            return Outcome(None)
        saved, branch, paused = self.conditions, self.out.branch, self.out.paused
        self._suppose(conditions)
        outcome = self._on_way(body, state)
        self.conditions, self.out.branch = saved, branch
        self.out.paused = paused if outcome.after is None else self.out.paused  # what leaves is behind its own `yield` alone
        return outcome

    def _within(self, scope: Scope, body: Block, state: State) -> Outcome:
        if scope.kind is ScopeKind.LOCK:
            held, self.locked = self.locked, True
            outcome = self._block(body, state)
            self.locked = held
            return outcome
        managed = self._frames.managed(scope, self)
        if managed is None:
            return self._block(body, state)
        saved = (self.coverings, self.locked, self._ending)
        for event in managed.enter:
            self._happen(event, state, dict(state))
        around = managed.around
        self.locked = self.locked or around.locked
        if around.transaction:
            name = f"{self.facts.qualname}#{len(self.out.events)}.{len(self.coverings)}"
            self.coverings = (*self.coverings, Covering(name, around.unit, around.ambient))
            keep_inside(self.out, state, scope, name if around.locks else "")
        inside = Managed(replace(around, ends=""), (), managed.late) if managed.is_inner(saved[0]) else managed
        self._ending = (*self._ending, inside)
        outcome = self._block(body, state)
        opened = [one for one in self.coverings if one not in saved[0] and one.name == self.out.opened]  # by hand, and still open
        self.coverings, self.locked, self._ending = (*saved[0], *opened), saved[1], saved[2]
        for end in filter(None, [outcome.after, *outcome.left, *outcome.again]):
            self._finish(inside, end)
        return outcome

    def _finish(self, managed: Managed, state: State) -> None:
        """The end of a `with` block: its late events; what ran on its connection is final, or gone."""
        for event in managed.late:
            self._happen(event, state, dict(state))
        if managed.around.ends:
            self.out.close(managed.around, state)

    def _try(self, step: Try, state: State) -> Outcome:
        start = len(self.out.events)
        body = self._block(step.body, state)
        tried = inserted(self.out, start, state, step)
        ends = [Outcome(None, body.left, body.again)]
        ends.append(self._block(step.orelse, body.after) if body.after is not None else Outcome(None))
        self._tried = (*self._tried, tried)
        missed = of_handlers(self.facts, step, self.out.events[start:])
        ends.extend(self._fork(handler, state, none) for handler, none in zip(step.handlers, missed, strict=True))
        self._tried = self._tried[:-1]
        joined = join(ends)
        if ends[1].after is None and (none := common(missed, ends[2:])):
            self._suppose(none)
        if not step.final:
            return joined
        final = self._block(step.final, joined.after if joined.after is not None else state)
        after = final.after if joined.after is not None else None
        return Outcome(after, [*joined.left, *final.left], [*joined.again, *final.again])

    def _loop(self, step: Loop, state: State) -> Outcome:
        steps = self._frames.sequence(step.number)
        if steps.turns:
            return self._in_turn(step, state, steps)
        start = self.out.mark()
        self._turning += 1
        body = self._fork(step.body, state)
        self._turning -= 1
        again = merge([body.after, *body.again])
        if step.kind != "endless" and not waits(self.facts, step):
            repeat_in_loop(self.facts, self.out, step.number, start, again or {}, steps)
        after = None if step.kind == "endless" else merge([state, again])
        orelse = self._block(step.orelse, after) if after is not None else Outcome(None)
        return Outcome(merge([orelse.after, *body.left]), orelse.left, orelse.again)

    def _in_turn(self, step: Loop, state: State, steps: Sequence) -> Outcome:
        """The turns of a loop over a list of functions, one after the other."""
        left: list[State] = []
        after: State | None = state
        known = len(self.out.repeats)
        for turn in range(steps.turns):
            start = self.out.mark()
            steps.enter(turn, self)
            body = self._fork(step.body, after or {})
            left += body.left
            after = merge([body.after, *body.again])
            if after is None:
                break
        repeat_in_loop(self.facts, self.out, step.number, start, after or {}, steps)
        drop_repeats(self.out, known, steps)
        orelse = self._block(step.orelse, after) if after is not None else Outcome(None)
        return Outcome(merge([orelse.after, *left]), orelse.left, orelse.again)

    def _call(self, site: int, state: State) -> None:
        before = dict(state)
        call, self.out.reached[site] = self.facts.calls[site], self.out.branch
        self.out.changes.call(call, self._frames.value(call.func.base, self) if isinstance(call.func, Attr) else None)
        if self.coverings:
            self.out.covered.add(site)
        if self.locked:
            self.out.under_lock.add(site)
        for event in self._frames.produce(site, self):
            self._happen(event, state, before)
        for callee, possible in self._frames.possible(site):
            pair_inside(self.out, site, callee, possible)
        kept = remembers(self.facts.calls[site], lambda term: self._frames.value(term, self))
        if kept is not None:
            self.out.remembered.append((kept[0], self._frames.value(kept[1], self), -1))

    def _happen(self, event: Event, state: State, before: State) -> None:
        """One event, after what was `before` its call; what came earlier in the call may have ended some of it."""
        if self.out.paused and not event.late:
            event = replace(event, late=True)
        event = under_row_lock(event, state, self.out, self.covering)
        if event.kind is EffectKind.CLEAR and any(same_rows(one, event) for tried in self._tried for one in tried):
            event = replace(event, retry=True)
        self._boundary(event, state)
        index = len(self.out.events)
        self.out.events.append(event)
        if self._tried:
            self.out.handled.add(index)
        pair(self.out, index, event, {one: state[one] for one in before if one in state}, self._frames.telling(self))
        end_obtained(self.out, event, state)
        if event.kind is EffectKind.OBTAIN and len(event.path) == 1 and not event.looks:
            self.out.obtained.add(event.site)
        elif event.kind in {EffectKind.INSERT, EffectKind.UPSERT}:
            self.out.obtained |= self._frames.made(event.site)
        if not event.fails:
            state[index] = event.committed

    def _boundary(self, event: Event, state: State) -> None:
        """Commits and transactions opened by hand."""
        if event.kind is EffectKind.BEGIN:
            self.out.opened = f"{self.facts.qualname}#begin{event.site}.{len(self.out.events)}"
            self.coverings = (*self.coverings, Covering(self.out.opened, event.unit, ambient=event.unit is None))
        elif event.kind in {EffectKind.COMMIT, EffectKind.ROLLBACK} and not (event.fails and len(event.path) > 1):
            self.coverings = tuple(one for one in self.coverings if one.name != self.out.opened)
            self.out.opened = ""
            for index in list(state):
                if same_connection(self.out.events[index], event):
                    if event.kind is EffectKind.ROLLBACK:
                        del state[index]
                    else:
                        self.out.commit(index, len(self.out.events), state)
            self._commits = self._commits + Counter(one.name for one in self.coverings if one.is_ended(event))
