"""What the program knows of one function and its calls, told in plain words: for `check --explain` alone, read-only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from session_lint.analysis.program.call_texts import call_text
from session_lint.analysis.program.check_verdicts import CheckVerdicts
from session_lint.analysis.program.events import Event, same_resource
from session_lint.analysis.program.key_verdicts import KeyVerdicts
from session_lint.analysis.program.keys import name_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.verdicts import Verdicts
from session_lint.analysis.program.wording import condition_words, effect_words, inside, listed, resource_words, unresolved_words
from session_lint.facts.effects import TELLING, EffectKind
from session_lint.facts.explanation import Answer, Step
from session_lint.facts.location import Place
from session_lint.facts.module_facts import CallSite
from session_lint.facts.schema import Schema
from session_lint.facts.summary import Check, Repeat, Replacement, Unconstrained
from session_lint.facts.terms import show

_MOST = 6  # effects told of one call, or of a function for its callers


class Why:
    """Answers for the functions that were read."""

    def __init__(self, linker: Linker, verdicts: Verdicts, checked: CheckVerdicts) -> None:
        self._linker = linker
        self._verdicts = verdicts
        self._checked = checked

    @cached_property
    def _by_path(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for full in sorted(self._linker.facts):
            found.setdefault(self._linker.paths[full], []).append(full)
        return found

    def on_line(self, path: str, row: int) -> tuple[Answer, ...]:
        """The calls on a line: of several those of which there is something to say, all when there is nothing of any."""
        found = [
            (full, site)
            for full in self._by_path.get(path, ())
            for site in self._linker.facts[full].calls
            if site.span.row <= row <= site.span.end_row
        ]
        telling = [one for one in found if self._telling(*one)]
        plain = [one for one in found if row in {one[1].name_span.row, one[1].span.row}]
        return self._answers(self._outer(telling) or plain or found)

    def of_function(self, path: str, rows: tuple[int, int], qualname: str) -> tuple[Answer, ...]:
        """The calls of a function that have effects, or that could not be followed."""
        found = [
            (full, site)
            for full in self._by_path.get(path, ())
            if self._linker.facts[full].qualname == qualname and rows[0] <= self._linker.facts[full].name_span.row <= rows[1]
            for site in self._linker.facts[full].calls
            if self._telling(full, site)
        ]
        return self._answers(self._outer(found))

    def summary(self, path: str, rows: tuple[int, int], qualname: str) -> tuple[Step, ...]:
        """What the function does for those that call it."""
        for full in self._by_path.get(path, ()):
            facts = self._linker.facts[full]
            if facts.qualname == qualname and rows[0] <= facts.name_span.row <= rows[1]:
                return tuple(self._summary(full))
        return ()

    def _telling(self, full: str, site: CallSite) -> bool:
        if site.effects or self._events(full, site) or self._verdicts.sent(full, site) is not None:
            return True
        resolved = self._linker.resolver.resolve(full, site)
        if resolved.targets:
            return any(
                self._linker.summary(target.full).events or self._linker.summary(target.full).memoised for target in resolved.targets
            )
        return resolved.reason != "outside"

    def _outer(self, found: Sequence[tuple[str, CallSite]]) -> list[tuple[str, CallSite]]:
        """The calls without those of which nothing is known inside one that has an effect: they are how that is written."""
        clear = {id(site) for full, site in found if any(event.kind is not EffectKind.OPEN for event in self._events(full, site))}
        around = [site.span for _, site in found if id(site) in clear]
        return [one for one in found if id(one[1]) in clear or not (self._is_dark(*one) and any(inside(one[1].span, s) for s in around))]

    def _events(self, full: str, site: CallSite) -> list[Event]:
        return [event for event in self._linker.walks[full].events if event.site == site.index]

    def _is_dark(self, full: str, site: CallSite) -> bool:
        """Whether nothing is known of what is called."""
        return not self._linker.resolver.resolve(full, site).targets

    def _answers(self, found: Sequence[tuple[str, CallSite]]) -> tuple[Answer, ...]:
        answers: dict[tuple[Place, str], Answer] = {}
        for full, site in found:
            place = self._place(full, site)
            answer = Answer(
                call_text(site),
                place,
                self._outcome(full, site),
                tuple(self._steps(full, site)) or self._nothing(full, site),
                site.span,
                self._unknown(full, site),
            )
            answers.setdefault((place, answer.text), answer)
        return tuple(answers[key] for key in sorted(answers))

    def _outcome(self, full: str, site: CallSite) -> str:
        """What to say when it is in no finding: a call that could not be one has nothing to report."""
        events = self._events(full, site)
        resolved = self._linker.resolver.resolve(full, site)
        could = any(event.kind in TELLING or event.kind is EffectKind.OPEN for event in events) or (
            not resolved.targets and not site.effects and resolved.reason != "outside"
        )
        gone = any(event.kind in TELLING for target in resolved.targets for event in self._linker.summary(target.full).events)
        return "not reported" if could or gone else "nothing to report"

    def _unknown(self, full: str, site: CallSite) -> str:
        if self._events(full, site) or self._verdicts.sent(full, site) is not None or not self._is_dark(full, site):
            return ""
        return name_of(site.func) or ""

    def _place(self, full: str, site: CallSite) -> Place:
        """Where a finding of the call would stand: on `.insert(row)` where `.execute()` only sends it."""
        own = (event.place for event in self._linker.walks[full].events if event.site == site.index and len(event.path) == 1)
        return next(own, Place(self._linker.paths[full], site.name_span))

    # -- one call

    def _steps(self, full: str, site: CallSite) -> Iterator[Step]:
        walked = self._linker.walks[full]
        mine = [(index, event) for index, event in enumerate(walked.events) if event.site == site.index]
        if site.concurrent == "queue":
            yield Step("it is handed to a queue: it runs elsewhere, at another time, and has to look for itself")
        yield from self._entered(full, site, [event for _, event in mine])
        yield from _effects(_told([event for _, event in mine])[:_MOST])
        for _, event in mine:
            if event.kind is EffectKind.OPEN and len(event.path) == 1:
                yield from self._verdicts.opened(event)
        told = [tuple(self._verdicts.of(full, index)) for index, event in mine if event.kind in TELLING]
        told += [tuple(self._checked.of(full, index)) for index, _ in mine]
        for steps in dict.fromkeys(told):
            yield from steps

    def _nothing(self, full: str, site: CallSite) -> tuple[Step, ...]:
        names = [self._verdicts.name(target.full) for target in self._linker.resolver.resolve(full, site).targets]
        where = f"it enters {listed([f'`{name}`' for name in names[:_MOST]], 'or')}: " if names else ""
        return (Step(f"{where}no effect on stored state is known of this call"),)

    def _entered(self, full: str, site: CallSite, mine: list[Event]) -> Iterator[Step]:
        """Where the call goes, when that says something besides the effects it has here."""
        resolved = self._linker.resolver.resolve(full, site)
        if site.effects and not any(len(event.path) == 1 for event in mine):
            yield Step("it has no effect here: the tests before it exclude it, or what it is called on is no object of a client")
        sent = self._verdicts.sent(full, site)
        if sent is not None and not mine:
            yield Step(f"makes a statement; run, it {effect_words(sent[0])}", sent[1])
        elif not resolved.targets and not site.effects and not mine:
            if resolved.reason == "outside":
                yield Step("a call into a library: no effect on stored state is known for it")
            else:
                yield Step(unresolved_words(resolved.reason, site.func))
        for target in resolved.targets:
            yield from self._target(target.full, mine)
        handed = next((event for event in mine if event.kind is EffectKind.OPEN and len(event.path) > 1), None)
        if handed is not None and all(event.kind is EffectKind.OPEN for event in mine):
            yield Step(
                f"`{self._verdicts.name(handed.callee)}` runs what it is handed, and what this call hands in was not understood",
                handed.place,
            )

    def _target(self, callee: str, mine: list[Event]) -> Iterator[Step]:
        name, summary = self._verdicts.name(callee), self._linker.summary(callee)
        place = self._verdicts.start(callee)
        if callee not in self._linker.facts:
            yield Step(f"it enters `{name}`, which was not read: by the names in it, it has no part in a finding", place)
            return
        if summary.memoised or summary.remembered is not None:
            yield Step(f"`{name}` keeps its result (it is memoised): a second call costs nothing and is no finding", place)
        yield from self._no_getter(callee)
        reached = {event.place for event in mine}
        # a get-or-create shows as one effect, in place of all that it does
        whole = summary.getter is not None and any(event.kind is EffectKind.OBTAIN and event.callee == callee for event in mine)
        gone = [event for event in summary.events if event.kind in TELLING and event.place not in reached]
        for event in [] if whole else gone[:_MOST]:
            yield Step(f"it enters `{name}`, which {effect_words(event)}", event.place)
            when = condition_words(event.conditions)
            yield Step(f"but only when {when}: that is not so for this call" if when else "but that does not happen for this call", depth=1)
        if not summary.events and not summary.memoised:
            yield Step(f"it enters `{name}`, which has no effect on stored state that is known and left to its callers", place)

    def _no_getter(self, callee: str) -> Iterator[Step]:
        """Why a function that looks like a get-or-create is not taken for one."""
        summary, name, place = self._linker.summary(callee), self._verdicts.name(callee), self._verdicts.start(callee)
        if self._linker.names.denied(callee):
            yield Step(f"`{name}` is no getter, by the setting `not-getters`", place)
            return
        if summary.getter is not None or summary.memoised or summary.remembered is not None:
            return
        reads = [event for event in summary.events if event.kind is EffectKind.READ]
        made = next(
            (e for e in summary.events if e.kind is EffectKind.INSERT and any(same_resource(r.resource, e.resource) for r in reads)), None
        )
        if made is not None:
            yield Step(f"`{name}` looks up and inserts into {resource_words(made.resource)}, but is not taken for a get-or-create:", place)
            yield Step("that what it returns is this record could not be shown", depth=1)
        elif self._linker.names.shape(name.rpartition(".")[2]) and not summary.writes:
            yield Step(f"`{name}` has the name of a get-or-create, but nothing that it is known to do makes a record", place)

    # -- a function for its callers

    def _summary(self, full: str) -> Iterator[Step]:
        summary = self._linker.summary(full)
        if summary.memoised or summary.remembered is not None:
            yield Step("it keeps its result (it is memoised): a second call costs nothing")
        if summary.getter is not None:
            what = "a get-or-create itself" if summary.atomic else "returns a record that it got or created"
            yield Step(f"it {'is' if summary.atomic else ''} {what}".replace("  ", " "), summary.getter.place)
        events = [event for event in _told(summary.events) if event.kind is not EffectKind.READ]
        yield from _effects(events[:_MOST])
        if len(events) > _MOST:
            yield Step(f"and {len(events) - _MOST} effects more")
        if not summary.events and not summary.memoised and summary.remembered is None:
            yield Step("nothing on stored state that its callers would have to know")
        open_calls = self._verdicts.not_followed(full)
        if open_calls:
            yield Step(f"not followed, so what they do is not in here: {listed([f'`{show(s.func, 40)}`' for s in open_calls[:4]], 'and')}")


def answering(
    linker: Linker,
    sources: Sequence[str],
    schema: Schema,
    pairs: tuple[Sequence[Replacement], Sequence[Repeat]],
    looked: tuple[Sequence[Check], Sequence[Check]],
    unconstrained: Sequence[Unconstrained],
) -> Why:
    """What answers for a program with these findings; `looked` are the look-ups with an insert that were found, and those that are told."""
    checked = CheckVerdicts(linker, sources, schema, *looked, KeyVerdicts(linker, schema, unconstrained))
    return Why(linker, Verdicts(linker, sources, *pairs), checked)


def _told(events: Sequence[Event]) -> list[Event]:
    """The events without calls whose effect is open where the call that they are a part of has one."""
    known = {event.place for event in events if event.kind is not EffectKind.OPEN}
    return [event for event in events if event.kind is not EffectKind.OPEN or (event.place not in known and len(event.path) == 1)]


def _effects(events: Sequence[Event]) -> Iterator[Step]:
    """The effects one after the other; a call on the way to several is told once."""
    before: tuple[Step, ...] = ()
    for event in events:
        steps = tuple(_effect(event))
        known = 0
        while known < min(len(event.path) - 1, len(before)) and steps[known] == before[known]:
            known += 1
        if steps != before:
            yield from steps[known:]
        before = steps


def _effect(event: Event) -> Iterator[Step]:
    """An effect: the calls on the way to it, then what it does and when."""
    for depth, step in enumerate(event.path[:-1]):
        yield Step(f"calls `{step.note}`" if step.note else "calls on", step.place, depth)
    depth = len(event.path) - 1
    yield Step(effect_words(event), event.place, depth)
    when = condition_words(event.conditions)
    if when:
        yield Step(f"only when {when}", depth=depth + 1)
