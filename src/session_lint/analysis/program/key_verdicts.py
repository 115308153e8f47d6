"""What became of a getter or an upsert by a key: whether the database keeps its rows apart, and why it is not reported where it does not.
For `check --explain` alone.

It asks what `unconstrained.py` asks, in its order; whether a call is reported is that module's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.narrowed import among_some
from session_lint.analysis.program.replacements import always_under_lock
from session_lint.analysis.program.spared import spared_by
from session_lint.analysis.program.unconstrained import answer
from session_lint.analysis.program.uniqueness import covering
from session_lint.analysis.program.wording import listed, resource_words
from session_lint.facts.effects import EffectKind
from session_lint.facts.explanation import Step
from session_lint.facts.schema import Covered, Schema
from session_lint.facts.summary import Unconstrained


class KeyVerdicts:
    """Judges keys. `told` are the calls that are reported."""

    def __init__(self, linker: Linker, schema: Schema, told: Sequence[Unconstrained]) -> None:
        self._linker = linker
        self._schema = schema
        self._told = {step.place: one for one in told for step in one.chain} | {place: one for one in told for _, place in one.others}

    @cached_property
    def _spared(self) -> frozenset[str]:
        return always_under_lock(self._linker)

    def of(self, full: str, index: int) -> Iterator[Step]:
        """What the schema says of the key of a record that is got or created by one event of a function."""
        event = self._linker.walks[full].events[index]
        effect = event.effect
        by_library = effect is not None and (effect.besides is not None or effect.conflict is not None)
        if effect is None or not (by_library or event.kind is EffectKind.OBTAIN) or not (event.columns or effect.conflict is not None):
            return
        if by_library:
            found = among_some(self._linker, event, answer(self._schema, event, effect), event.path[-1])
        else:
            found = covering(self._schema, event, event.columns)
        key, rows = listed([name for name, _ in event.columns if name], "and") or "its key", resource_words(event.resource)
        if found.covered is Covered.YES and found.by is not None:
            yield Step(f"the database keeps {rows} apart by {key}: {found.by.shown}")
        elif found.covered is Covered.UNKNOWN:
            yield Step(f"whether {key} is unique in {rows} cannot be told: {found.why}")
        elif by_library and (stopped := self._stopped(full, index, event)):
            yield Step(f"nothing unique covers {key} in {rows}, but {stopped}")

    def _stopped(self, full: str, index: int, event: Event) -> str:
        """Why a call by a key that nothing unique covers is not reported; "" where it is, or nothing is seen to stop it."""
        told = self._told.get(event.path[-1].place) or self._told.get(event.place)
        if told is not None:
            return "" if told.place in (event.place, event.path[-1].place) else f"the same is told at {told.place}"
        alone = event.locked or index in self._linker.walks[full].serialised
        return spared_by(self._linker, full, event, alone=alone, spared=self._spared)
