"""Turns the pairs of two obtains into repeats, each once, by its shortest path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from session_lint.analysis.program.assumptions import of_getter, of_run
from session_lint.analysis.program.events import Event, ends, fixed, same_resource
from session_lint.analysis.program.exclusion import contradicts
from session_lint.analysis.program.framework_runs import plain, steps, who_runs
from session_lint.analysis.program.halves import is_habit, reached
from session_lint.analysis.program.holders import leaving_out
from session_lint.analysis.program.keys import Match
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.picking import close, comparable, picks
from session_lint.analysis.program.recursions import could_hand_on, entered_again, next_level
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.analysis.program.wording import as_written
from session_lint.facts.effects import EffectKind
from session_lint.facts.finding import ChainStep
from session_lint.facts.flow import is_flow
from session_lint.facts.location import Place
from session_lint.facts.summary import Repeat
from session_lint.facts.terms import (
    Element,
    Op,
    Param,
    Ref,
    strip,
    walk,
)

_Where: TypeAlias = tuple[Place, bool]  # a call, and whether it is obtained there in a loop or in parallel
_AT_ONCE = {"loop", "concurrent"}
_DEEPEST = 5  # functions on the way to what is obtained again: nobody hands a record farther
_DEEP = 2  # steps of a chain that leaves the function where both halves meet
_BELOW = 3  # steps to what is obtained for want of a record that is at hand


def repeats(
    linker: Linker, functions: Iterable[str], callers: Callable[[str], frozenset[str]], is_known: Callable[[str], bool]
) -> tuple[Repeat, ...]:
    """Every record obtained twice in one of the functions: one entry per redundant call, by the shortest chain.

    `callers` gives the functions that mention the bare name of one; `is_known` says of a function whether all its callers are known.
    """
    raw = [repeat for full in functions for repeat in _function_repeats(linker, full, is_known)]
    on_the_way: dict[Place, set[str]] = {}
    for repeat in raw:
        on_the_way.setdefault(repeat.second, set()).update(step.function for step in repeat.chain)
    best: dict[_Where, Repeat] = {}
    for repeat in raw:
        _keep_best(best, repeat)
    found: dict[_Where, Repeat] = {}
    for where in sorted(best):
        if not _is_covered(best, where):
            _keep_best(found, _placed(best[where], on_the_way[where[0]], callers))
    return tuple(found[where] for where in sorted(found))


def _keep_best(found: dict[_Where, Repeat], repeat: Repeat) -> None:
    where = (repeat.second, repeat.shape in _AT_ONCE)
    known = found.get(where)
    if known is None or _rank(repeat) < _rank(known):
        found[where] = repeat


def _is_covered(best: dict[_Where, Repeat], where: _Where) -> bool:
    """Whether another finding at the same call is this one too. A loop in one function and a record that another one has are two: the
    call moves before the loop, and the record is handed down."""
    place, at_once = where
    other, own = best.get((place, not at_once)), best[where]
    if own.shape == "unthreaded" and own.again is not None and (own.again, True) in best:
        return True  # a recursion by way of a loop: told where the loop obtains
    if other is None:
        return False
    loop, repeat = (own, other) if at_once else (other, own)
    apart = loop.shape == "loop" and len(repeat.chain) > len(loop.chain)
    apart = apart and repeat.function not in {loop.function, *(step.function for step in loop.chain)}
    return not apart and _rank(other) < _rank(own)


def _placed(repeat: Repeat, on_the_way: set[str], callers: Callable[[str], frozenset[str]]) -> Repeat:
    """A helper that others call without having the record is right to obtain it: then the call that does not pass it is at fault."""
    if repeat.shape != "unthreaded" or len(repeat.chain) < _DEEP:
        return repeat
    start = int(bool(repeat.runs) and not is_flow(repeat.function))  # a middleware does not name what it calls: its handler does
    for step in repeat.chain[start + 1 :]:
        if callers(step.function) - on_the_way:
            first = repeat.chain[start]
            return replace(repeat, second=first.place, second_function=first.function, again=repeat.second)
    return repeat


def _rank(repeat: Repeat) -> tuple[bool, bool, int, int, Place, str]:
    return (not repeat.certain, bool(repeat.assumed), len(repeat.chain), len(repeat.first_chain), repeat.first, repeat.function)


def _inside_getter(linker: Linker, full: str, event: Event) -> bool:
    """A getter is atomic: a retry inside it is its own business."""
    summary = linker.summaries[full]
    return summary.atomic and summary.getter is not None and same_resource(summary.getter.resource, event.resource)


def _is_idle_work(linker: Linker, full: str, event: Event) -> bool:
    """Whether all that is lost is a query of a command that somebody runs by hand: a library finds what it made the first time."""
    library = event.effect is not None and event.effect.kind is EffectKind.OBTAIN and bool(event.effect.client)
    return library and not event.concurrent and linker.scripts.is_run_by_hand(full)


def _function_repeats(linker: Linker, full: str, is_known: Callable[[str], bool]) -> Iterator[Repeat]:
    walked = linker.walks[full]
    for pair in walked.repeats:
        second = reached(walked, pair)
        if _inside_getter(linker, full, second) or linker.unmet.never(full, pair, is_known) or _is_idle_work(linker, full, second):
            continue
        if second.resource == Op("function", (Ref(full),)) or is_habit(walked, pair, linker.changes):
            continue
        if pair.match is not Match.SAME and not (comparable(second) and close(walked.events[pair.first], second)):
            continue
        recursion = any(step.function == full for step in second.path[1:])
        if recursion and not (could_hand_on(linker, full, pair) or next_level(linker, full, walked, pair)):
            continue  # a recursion into the function itself: a retry, or the next level
        if max(steps(second), steps(walked.events[pair.first])) > _DEEPEST:
            continue
        if len(second.path) > 1 and not all(picks(value, looped=pair.loop >= 0) for _, value in second.columns):
            continue
        yield entered_again(_repeat(linker, full, walked, pair))
    yield from _left_out(linker, full, walked)


def _left_out(linker: Linker, full: str, walked: Walk) -> Iterator[Repeat]:
    """Calls that leave out a record the function has at hand, and that pair with nothing else."""
    paired = {pair.second for pair in walked.repeats}
    for site, place, parameter, holder in linker.held.get(full, ()):
        for index, event in enumerate(walked.events):
            if (
                event.site != site
                or (event.omitted or event.wanted) != parameter
                or event.place != place
                or event.unsaved
                or index in paired
            ):
                continue
            one = not fixed(event.columns, linker.changes) and not _over(walked, index) and _of_the_caller(event, full)
            if one and event.steps <= _BELOW + bool(event.wanted) and len(event.path) > leaving_out(linker, event)[0]:
                yield _held(linker, full, event, parameter, holder)


def _over(walked: Walk, index: int) -> bool:
    """Whether the function ends the record before it calls."""
    event = walked.events[index]
    return any(
        other.kind in {EffectKind.CLEAR, EffectKind.INVALIDATE}
        and ends(other, event)
        and not contradicts(other.conditions, event.conditions)
        for other in walked.events[:index]
    )


def _of_the_caller(event: Event, full: str) -> bool:
    """Whether the record may be the one the caller was given: not for each of several keys, nor where the caller begins again."""
    each = any(isinstance(part, Element) for _, value in event.columns for part in walk(value))
    return not each and all(step.function != full for step in event.path[1:])


def _key(linker: Linker, event: Event) -> str:
    """The key as it is written at the call that has it."""
    site = linker.site_of(event.path[-1])
    return as_written(event.key, site) if site is not None else event.key


def _repeat(linker: Linker, full: str, walked: Walk, pair: Pair) -> Repeat:
    first, second = walked.events[pair.first], reached(walked, pair)
    shape = _shape(pair, first, second)
    omitted = shape == "omitted"
    first_chain, whole = plain(first.path), plain(second.path)
    chain = whole[:1] if omitted else whole
    runs = who_runs(linker, full, first, second)
    return Repeat(
        shape=shape,
        function=full,
        getter=second.path[-1].note or second.text,
        key=_key(linker, second),
        first_key=_key(linker, first),
        certain=pair.match is Match.SAME,
        first=first.place,
        first_function=first.path[-1].function,
        second=chain[-1].place,
        second_function=chain[-1].function,
        chain=chain,
        first_chain=first_chain,
        holder=_holder(first, second),
        parameter=second.omitted if omitted else "",
        again=second.place if omitted else None,
        again_chain=whole if omitted else (),
        callee=second.callee if (omitted or len(whole) > 1) and not runs else "",
        enclosing=second.concurrent if shape == "concurrent" else "",
        runs=runs,
        assumed=(*of_getter(second), *(of_run(first, second) if pair.loop < 0 else ())),
    )


def _holder(first: Event, second: Event) -> str:
    """The name under which the function has the record when it makes the second call; "" when a callee obtained it."""
    filled = any(not c.holds and strip(c.term) == Param(second.omitted) for c in first.conditions)
    return second.omitted if filled else first.target if len(first.path) == 1 else ""  # a parameter is filled when it is missing


def _shape(pair: Pair, first: Event, second: Event) -> str:
    if pair.loop >= 0:
        return "concurrent" if second.concurrent else "loop"
    if first.concurrent and second.concurrent:
        return "concurrent"
    if second.omitted:
        return "omitted"
    return "same" if len(first.path) == 1 and len(second.path) == 1 else "unthreaded"


def _held(linker: Linker, full: str, event: Event, parameter: str, holder: str) -> Repeat:
    """The caller has the record at hand and leaves it out; or what it calls does, which could be given it."""
    span = linker.facts[full].name_span
    first = Place(linker.paths[full], span)
    count, below = leaving_out(linker, event)
    way = event.path[: count + 1]
    between = way[-1].function if count else ""
    supposed = (f"that `{parameter}` of `{full.rpartition('.')[2]}()` is that record",) if between else ()
    return Repeat(
        shape="omitted",
        function=full,
        getter=event.path[-1].note or event.text,
        key=_key(linker, event),
        certain=True,
        first=first,
        first_function=full,
        second=way[-1].place,
        second_function=way[-1].function,
        chain=way,
        first_chain=(ChainStep(full, first, f"parameter {holder}"),),
        holder=holder,
        parameter=parameter,
        again=event.place,
        again_chain=event.path[len(way) - 1 :],
        callee=below.callee,
        between=between,
        assumed=(*supposed, *of_getter(event)),
    )
