"""Where to show a finding that a change introduced: on a line of the change, because it is there that a review looks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from session_lint.facts.finding import Finding, Related


def anchored(finding: Finding, changed: Callable[[str], Collection[int]]) -> Finding:
    """The finding at the step of its path that is on a changed line, the nearest to where it stands, if it does not stand on one itself.

    `changed` gives the changed rows of a file. Where the finding really stands becomes a related place.
    """
    places = [finding.place, *(step.place for step in reversed(finding.chain)), *(related.place for related in finding.related)]
    anchor = next((place for place in places if place.span.row in changed(place.path)), finding.place)
    if anchor == finding.place:
        return finding
    real = Related("a suppression goes on this line, where the finding stands", finding.place)
    return replace(finding, place=anchor, related=(real, *finding.related))


def changed_rows(before: Sequence[str], after: Sequence[str]) -> frozenset[int]:
    """The rows (1-based) of the lines `after` that are not among those `before`."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    matcher = SequenceMatcher(None, before[start : len(before) - end], after[start : len(after) - end], autojunk=False)
    rows: set[int] = set()
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind in ("replace", "insert"):
            rows.update(range(start + first + 1, start + last + 1))
    return frozenset(rows)
