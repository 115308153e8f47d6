"""The two halves of a pair of obtains: where the second really is, and whether it is only a habit of the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from session_lint.analysis.program.events import Event, Summary, fixed
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.facts.finding import ChainStep
from session_lint.facts.terms import Term


def reached(walked: Walk, pair: Pair) -> Event:
    """The second half; one that only gives an id to a function that has the record otherwise, with the way on to where that is obtained."""
    first, second = walked.events[pair.first], walked.events[pair.second]
    if not second.behind or second.behind == first.behind:
        return second
    return replace(second, path=(*second.path, *second.behind), behind=(), steps=second.steps + len(second.behind))


def is_habit(walked: Walk, pair: Pair, changes: Callable[[Term], bool]) -> bool:
    """Whether a key of constants (the system user) is obtained in a callee as it is all over the program: not where the function has the
    record in its hands, or the callee would take it."""
    first, second = walked.events[pair.first], reached(walked, pair)
    if len(second.path) == 1 or not fixed(second.columns, changes):
        return False
    return pair.loop >= 0 or not (second.omitted or len(first.path) == 1)


def way_behind(summary: Summary, found: Event) -> tuple[ChainStep, ...]:
    """The path inside a callee that only gives the id of a record."""
    return (*found.path, *found.behind) if found.behind or summary.identity else ()


def way(step: ChainStep, found: Event, *, inside: bool) -> tuple[ChainStep, ...]:
    """The way to what a callee does. The call of a lambda that stands in the caller itself is no step."""
    return (replace(found.path[0], function=step.function), *found.path[1:]) if inside else (step, *found.path)
