"""Whether a set of rows is replaced, or the one row of a key."""

from __future__ import annotations

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.keys import Match
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.pairs import related
from session_lint.analysis.program.turns import once
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.module_facts import FunctionFacts
from session_lint.facts.terms import Comprehension, Element, Op, Sequence, Unknown, strip, walk


class Sets:
    """Knows which pairs of a program replace a set of rows."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker

    def are_replaced(self, full: str, walked: Walk, pair: Pair) -> bool:
        """Whether a pair of a clear and an insert replaces a set of rows, not one row."""
        clear, insert = walked.events[pair.first], walked.events[pair.second]
        if several_rows(self._linker.facts[full], clear, insert):
            return True
        return insert.kind is EffectKind.INSERT and self._is_one_of(full, walked, pair)

    def _is_one_of(self, full: str, walked: Walk, pair: Pair) -> bool:
        """Whether the same clear makes room for other rows, too."""
        clear, facts = walked.events[pair.first], self._linker.facts[full]
        for other in walked.replacements:
            if other.first != pair.first or other.second == pair.second:
                continue
            insert = walked.events[other.second]
            if insert.kind is not EffectKind.INSERT or related(clear, insert) is not Match.SAME:
                continue
            if several_rows(facts, clear, insert) or self._both(walked, pair, other):
                return True
        return False

    def _both(self, walked: Walk, one: Pair, another: Pair) -> bool:
        """Whether the inserts of two pairs with one clear happen in one execution, with no clear of theirs in between."""
        clear, (first, second) = one.first, sorted((one.second, another.second))
        between = (other for other in walked.replacements if other.second == second and first < other.first != clear)
        if any(related(walked.events[other.first], walked.events[second]) is Match.SAME for other in between):
            return False
        return self._follow(walked, first, second)

    def _follow(self, walked: Walk, first: int, second: int) -> bool:
        if (first, second) in walked.beside:
            return True
        one, other = walked.events[first], walked.events[second]
        inside = self._linker.walks.get(one.callee) if one.site == other.site and one.callee == other.callee else None
        return inside is not None and min(one.source, other.source) >= 0 and self._follow(inside, one.source, other.source)


def several_rows(facts: FunctionFacts, clear: Event, insert: Event) -> bool:
    """Whether a set of rows is replaced, not one row, by what the two themselves say."""
    assert clear.effect is not None
    assert insert.effect is not None
    if (insert.effect.many and not _one_id(insert)) or (clear.effect.selection is Selection.MEMBERS and not _one_id(clear)):
        return True
    if _overwrites(insert):
        return False
    if any(isinstance(value, Sequence) and len(value.items) > 1 for _, value in clear.columns):
        return True
    turns = any(isinstance(part, Element) for _, value in clear.columns for part in walk(value))
    if insert.looped and not (clear.looped and turns):  # a loop that deletes the rows of one key one by one clears them once
        return True
    return any(loop not in clear.loops or (once(facts, clear, loop) and not once(facts, insert, loop)) for loop in insert.loops)


def _overwrites(insert: Event) -> bool:
    """An upsert of the same row at every turn of a loop: `client.set(key, piece)`."""
    assert insert.effect is not None
    varying = any(isinstance(part, (Element, Unknown)) for _, value in insert.columns for part in walk(value))
    return insert.kind is EffectKind.UPSERT and insert.effect.complete and bool(insert.columns) and not varying


def _one_id(event: Event) -> bool:
    """Whether the list of ids that a call is handed is, for this caller, a display of one."""
    values = (strip(value) for name, value in event.columns if name == "id")
    return any(
        isinstance(value, Sequence) and len(value.items) == 1 and not isinstance(value.items[0], (Op, Comprehension)) for value in values
    )
