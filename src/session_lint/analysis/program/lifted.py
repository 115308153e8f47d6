"""The event of a callee that an event of its caller stands for."""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.walked import Walk
from session_lint.facts.terms import Ref


def inner_of(walks: Mapping[str, Walk], event: Event) -> Event | None:
    """The event of the callee; None where it is the callee's own as a getter, or not known.

    In a recursion the number noted may be of an earlier round, in which the callee had other events: the one that fits is taken.
    """
    walked = walks.get(event.callee)
    if walked is None or not 0 <= event.source < len(walked.events):
        return None
    noted = walked.events[event.source]
    return noted if _fits(noted, event) else next((one for one in walked.events if _fits(one, event)), noted)


def _fits(one: Event, event: Event) -> bool:
    """Whether nothing tells that they are of two things."""
    if one.kind is not event.kind or (isinstance(one.resource, Ref) and one.resource != event.resource):
        return False
    return len(event.path) == 1 or one.place == event.place
