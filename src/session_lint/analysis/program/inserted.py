"""Inserts without a look-up: where the rows of a key are several on purpose, or may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from session_lint.analysis.program.events import Event, same_rows
from session_lint.analysis.program.fresh import is_fresh
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.newborn import of_new_record
from session_lint.analysis.program.truth import rows_asked
from session_lint.analysis.program.turns import varies
from session_lint.analysis.program.uniqueness import table_of
from session_lint.analysis.program.values import RowsValue
from session_lint.facts.effects import EffectKind
from session_lint.facts.schema import Covered, Schema, Table, plain
from session_lint.facts.summary import Check, Several, Unconstrained
from session_lint.facts.terms import Const, Element, Invoke, Ref, Term, strip, walk

_Found = TypeVar("_Found", Check, Unconstrained)

_LOOKS = (EffectKind.READ, EffectKind.OBTAIN)


class Inserted:
    """The plain inserts of a program. `functions`: those that count; `checks`: the inserts of rows that were looked for."""

    def __init__(self, linker: Linker, functions: Iterable[str], schema: Schema, checks: Iterable[Check]) -> None:
        self._linker = linker
        self._functions = tuple(functions)
        self._schema = schema
        self._looked = frozenset(place for one in checks for place in (one.made, one.insert))

    def several(self, found: Check | Unconstrained) -> Several | None:
        """Where rows are inserted that agree in what a finding wants to be unique, nobody having looked for one; of several such places
        one that inserts a number of them at once. None where the database keeps the second one out, whoever inserts it."""
        table, wanted = found.schema.table, {plain(name) for name in found.wanted.columns}
        if table is None or not wanted or found.schema.covered is Covered.YES:
            return None
        places = [
            Several(event.path[0].place, many=self._are_many(full, event, wanted))
            for full, event in self._by_name.get(table.model.rpartition(".")[2], ())
            if full != found.function and self._is_such(full, event, table) and self._has(full, event, wanted, dict(found.wanted.when))
        ]
        return min(places, key=lambda one: (not one.many, one.place), default=None)

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[str, Event]]]:
        """The inserts by the last name of what they are on."""
        found: dict[str, list[tuple[str, Event]]] = defaultdict(list)
        for full in self._functions:
            for event in self._linker.walks[full].events:
                if isinstance(event.resource, Ref) and self._is_plain(event) and event.path[0].place not in self._looked:
                    found[event.resource.name.rpartition(".")[2]].append((full, event))
        return found

    def _is_plain(self, event: Event) -> bool:
        """Whether a function inserts rows of a class, by values that can all be seen, and has no answer where there are such rows: itself,
        or by a function that it hands the class or the row to."""
        if event.kind is not EffectKind.INSERT or event.caught or not _is_whole(event):
            return False
        below = self._linker.walks[event.callee].events[event.source] if len(event.path) > 1 and event.source >= 0 else None
        return len(event.path) == 1 or (below is not None and not _is_whole(below))

    def _is_such(self, full: str, event: Event, table: Table) -> bool:
        """Whether it is a row of that table, for which the function has not asked, and other requests run that."""
        known = table_of(self._schema, event)
        if known is None or known.model != table.model or self._linker.scripts.is_run_alone(full):
            return False
        return not self._is_looked_for(full, event) and not self._waits(full, event, table)

    def _is_looked_for(self, full: str, event: Event) -> bool:
        """Whether the function asks for rows of the table by a part of what it inserts."""
        own = {plain(name) for name, _ in event.columns}
        reads = (one for one in self._linker.walks[full].events if one.kind in _LOOKS and same_rows(one, event))
        return any(not own.isdisjoint(plain(name) for name, _ in one.columns) for one in reads)

    def _waits(self, full: str, event: Event, table: Table) -> bool:
        """Whether it waits for a query of the table to have no rows, or for what a call gives that is handed what the row has: somebody
        has looked, though it is not known by what."""
        infer = self._linker.resolver.inference.infer
        given = {one for _, value in event.columns if not isinstance(one := strip(value), Const)}
        asked = [part for test in event.conditions if not test.holds for part in _calls_asked(strip(test.term))]
        if any(not given.isdisjoint(map(strip, (*part.args, *dict(part.kwargs).values()))) for part in asked):
            return True
        if any(isinstance(one, RowsValue) and one.full == table.model for part in asked for one in infer(part, full)):
            return True
        below = self._linker.walks[event.callee].events[event.source] if len(event.path) > 1 and event.source >= 0 else None
        return below is not None and self._waits(event.callee, below, table)

    def _has(self, full: str, event: Event, wanted: set[str], when: Mapping[str, Term]) -> bool:
        """Whether a row has all that is wanted to be unique, and another request may insert one that agrees with it."""
        given = {plain(name): strip(value) for name, value in event.columns}
        if not wanted <= given.keys() or Const(None) in [given[name] for name in wanted]:
            return False
        if any(given.get(plain(name), value) != value for name, value in when.items()):
            return False
        key = tuple((name, given[name]) for name in sorted(wanted))
        made = any(is_fresh(value, self._linker, full) for _, value in key)
        return not made and not of_new_record(self._linker, full, replace(event, columns=key))

    def _are_many(self, full: str, event: Event, wanted: set[str]) -> bool:
        """Whether one run inserts several rows that agree."""
        values = [value for name, value in event.columns if plain(name) in wanted]
        if any(isinstance(part, Element) for value in values for part in walk(value)):
            return False
        assert event.effect is not None
        facts = self._linker.facts[full]
        return event.effect.many or any(not any(varies(facts, value, number) for value in values) for number in event.loops)


def _calls_asked(test: Term) -> Iterator[Invoke]:
    """The calls in what a test asks whether it has rows, more than whether it is true."""
    for rows in rows_asked(test):
        yield from (part for part in walk(rows) if rows is not test and isinstance(part, Invoke))


def _is_whole(event: Event) -> bool:
    """Whether the row that a function inserts is known there."""
    effect = event.effect
    return effect is not None and effect.complete and not effect.ignores_conflicts and isinstance(event.resource, Ref)


def with_several(found: Iterable[_Found], inserted: Inserted) -> tuple[_Found, ...]:
    """Findings with where rows are inserted that agree in what they want to be unique."""
    return tuple(replace(one, several=inserted.several(one)) for one in found)
