"""What became of the halves of a check-then-insert. For `check --explain` alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from session_lint.analysis.program.events import Event, same_rows
from session_lint.analysis.program.key_verdicts import KeyVerdicts
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.stopped_checks import stopped_check
from session_lint.analysis.program.wording import effect_words, listed
from session_lint.facts.effects import NEW_ROWS, EffectKind
from session_lint.facts.explanation import Step
from session_lint.facts.flow import written
from session_lint.facts.schema import Schema
from session_lint.facts.summary import Check

_MOST = 3  # partners told of one effect, and callers that are looked at


class CheckVerdicts:
    """Judges halves. `found` are the pairs that the program found, `told` those of them that are reported; `keys` judges keys."""

    def __init__(
        self, linker: Linker, sources: Sequence[str], schema: Schema, found: Sequence[Check], told: Sequence[Check], keys: KeyVerdicts
    ) -> None:
        self._keys = keys
        self._linker = linker
        self._sources = frozenset(sources)
        self._schema = schema
        self._told = {(one.look, one.made) for one in told}
        self._made = {one.made for one in told}
        self._several = {(one.look, one.made): one.several for one in found if one.several is not None}

    def of(self, full: str, index: int) -> Iterator[Step]:
        """What stopped it in the function itself, and, where it is the function's own, in those that call it."""
        event = self._linker.walks[full].events[index]
        steps = list(self._own(full, event))
        if len(event.path) == 1:
            above = [(other, one) for other, one in self._above(full, event) if other in self._sources]
            steps += [step for other, one in above[:_MOST] for step in self._own(other, one)]
        yield from steps
        yield from self._keys.of(full, index)

    def _above(self, full: str, event: Event) -> Iterator[tuple[str, Event]]:
        for other, walked in sorted(self._linker.walks.items()):
            yield from ((other, one) for one in walked.events if other != full and one.place == event.place and one.kind is event.kind)

    def _own(self, full: str, event: Event) -> Iterator[Step]:
        if full not in self._sources or not (event.kind is EffectKind.READ or event.kind in NEW_ROWS):
            return
        wanted = NEW_ROWS if event.kind is EffectKind.READ else {EffectKind.READ}
        others = [one for one in self._linker.walks[full].events if one.kind in wanted and same_rows(one, event)]
        for other in others[:_MOST]:
            read, insert = (event, other) if event.kind is EffectKind.READ else (other, event)
            yield Step(f"`{self._name(full)}` {effect_words(other)}{_by(other)}", other.place)
            yield Step(self._verdict(full, read, insert), depth=1)

    def _verdict(self, full: str, read: Event, insert: Event) -> str:
        pair = (read.place, insert.place)
        if pair in self._told:
            return "the two are reported"
        stopped = stopped_check(self._linker, full, read, insert, self._schema)
        several = self._several.get(pair)
        if not stopped and insert.place in self._made:
            return "the insert is reported once, by another way"
        if not stopped and several is not None:
            return f"but rows with one such key may be wanted: {several.place} inserts one unseen, and nothing keeps them apart"
        return f"but {stopped or 'it is told in a function that is called, or that calls this one'}"

    def _name(self, full: str) -> str:
        function = self._linker.symbols.functions.get(full)
        return written(function.index.qualname) if function is not None else f"the code of {full}"


def _by(event: Event) -> str:
    named = listed([name for name, _ in event.columns if name], "and") if event.kind is EffectKind.READ else ""
    return f" by {named}" if named else ""
