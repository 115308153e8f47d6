"""Getters and upserts of libraries by a key of which the database may keep two rows: no unique set of the table covers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from session_lint.analysis.program.conflicts import met
from session_lint.analysis.program.events import Columns, Event
from session_lint.analysis.program.framework_runs import plain as plain_path
from session_lint.analysis.program.key_parts import stated, with_constants
from session_lint.analysis.program.lifted import inner_of
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.narrowed import among_some
from session_lint.analysis.program.replacements import always_under_lock
from session_lint.analysis.program.spared import spared_by
from session_lint.analysis.program.uniqueness import closing, covering
from session_lint.clients.retirement import is_flag, narrowing, out_of_use, surely_out_of_use
from session_lint.clients.schema_reader import sql_condition
from session_lint.facts.chain import ChainStep
from session_lint.facts.effects import SPREAD, Effect, EffectKind, OnConflict, Selection
from session_lint.facts.location import Place, Span
from session_lint.facts.schema import Answer, Covered, Schema, Table, UniqueSet, plain
from session_lint.facts.summary import Unconstrained
from session_lint.facts.terms import Const

_DEEP = 6  # calls down to that of the library


@dataclass(frozen=True, slots=True)
class _Told:
    """A call of a library, as one function knows it. `way`: the calls from that function down to it."""

    full: str
    event: Event
    way: tuple[ChainStep, ...]
    answer: Answer
    alone: bool  # a lock keeps other requests out
    library: Place | None = None  # where the call of the library is, when the way is cut off before it


def unconstrained(
    linker: Linker, functions: Iterable[str], schema: Schema, muted: frozenset[str] = frozenset()
) -> tuple[tuple[Unconstrained, ...], int]:
    """The calls of libraries that may leave two rows of one key; and how many there are of which that cannot be told.

    A call of which its own function does not tell the table or the key is told of by those that call the function. What the calls in
    `muted` files go by says nothing of what others want.
    """
    found: dict[Place, list[_Told]] = defaultdict(list)
    settled: set[tuple[Place, ...]] = set()
    for told in sorted(_told(linker, functions, schema), key=lambda one: (len(one.way), one.way[0].place, one.full)):
        places = tuple(step.place for step in told.way)
        if not any(places[start:] in settled for start in range(1, len(places))):
            found[places[-1]].append(told)
            if told.answer.covered is not Covered.UNKNOWN:
                settled.add(places)
    spared = always_under_lock(linker)
    known = {place: [one for one in tellings if one.answer.covered is not Covered.UNKNOWN] for place, tellings in found.items()}
    harm = [
        one
        for place in sorted(known)
        for one in _apart(known[place])
        if not spared_by(linker, one.full, one.event, alone=one.alone, spared=spared)
    ]
    keys = _keys(one for tellings in found.values() for one in tellings if one.way[-1].place.path not in muted)
    shown = (_shown(linker, one) for one in harm)
    return tuple(replace(one, rivals=_rivals(one, keys)) for one in shown), sum(not one for one in known.values())


def _keys(told: Iterable[_Told]) -> dict[str, set[tuple[str, ...]]]:
    """The keys by which the calls on each table go, without the flags in them."""
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for one in told:
        names = tuple(name for name, value in one.event.columns if not is_flag(name, value))
        if one.answer.table is not None and names and one.event.effect is not None and one.event.effect.conflict is None:
            found[one.answer.table.identity].add(names)
    return found


def _rivals(one: Unconstrained, keys: dict[str, set[tuple[str, ...]]]) -> tuple[tuple[str, ...], ...]:
    """The keys of other calls on the table whose rows what is wanted may not keep apart. One by the primary key names its row."""
    wanted = {plain(name) for name in one.wanted.columns}
    others = keys[one.schema.table.identity] if one.schema.table is not None else set()
    return tuple(sorted(key for key in others if not (own := {plain(name) for name in key}) <= wanted and "id" not in own))


def _told(linker: Linker, functions: Iterable[str], schema: Schema) -> Iterator[_Told]:
    for full in functions:
        walked = linker.walks[full]
        for index, read in enumerate(walked.events):
            event = with_constants(linker.symbols, full, read)
            if event.effect is not None and (event.effect.besides is not None or event.effect.conflict is not None):
                way = _way(linker, full, event, _DEEP)
                if way:
                    alone = event.locked or index in walked.serialised
                    yield _Told(full, event, way, among_some(linker, event, answer(schema, event, event.effect), way[-1]), alone)


def _way(linker: Linker, full: str, event: Event, depth: int) -> tuple[ChainStep, ...]:
    """The calls down to that of the library, through getters too; none where it is a method of the project that has the name of one."""
    if not event.callee or depth == 0:
        return () if not event.callee and _is_own(linker, full, event) else plain_path(event.path)
    inner = inner_of(linker.walks, event) or linker.summary(event.callee).getter
    below = _way(linker, event.callee, inner, depth - 1) if inner is not None else event.path[1:]
    return (event.path[0], *below) if below or inner is None else ()


def _is_own(linker: Linker, full: str, event: Event) -> bool:
    """Whether a call is of a method of the project that does not go on to the library's: `super().get_or_create(...)`."""
    targets = linker.resolver.resolve(full, linker.facts[full].calls[event.site]).targets
    entered = (linker.symbols.functions[target.full].index for target in targets)
    return any(f"super().{function.name}(" not in function.said for function in entered)


def _apart(told: list[_Told]) -> Iterator[_Told]:
    """The tellings of one call that are defects: one where it is always on one table, else each where the table is named."""
    tables = {one.answer.table.identity for one in told if one.answer.table is not None}
    wrong = [one for one in told if one.answer.covered is Covered.NO]
    if len(tables) == 1:
        yield from wrong[:1]
        return
    seen: set[Place] = set()
    for one in wrong:
        if one.way[0].place not in seen:
            seen.add(one.way[0].place)
            yield replace(one, way=one.way[:1], library=one.way[-1].place) if len(one.way) > 1 else one


# -- the schema --------------------------------------------------------------------------------------------------------


def answer(schema: Schema, event: Event, effect: Effect) -> Answer:
    """Whether the database keeps the rows of the key of a getter or an upsert apart."""
    if effect.conflict is not None:
        return met(schema, event, effect.conflict)
    key, besides = event.columns, effect.besides or ()
    whole = not any(name == SPREAD for name, _ in besides)
    found = covering(schema, event, key, tuple(pair for pair in besides if pair[0] != SPREAD), whole=whole)
    if found.covered is not Covered.NO or found.table is None:
        return found
    if not key or not effect.complete or (effect.kind is EffectKind.OBTAIN and effect.selection is not Selection.KEY):
        return Answer(Covered.UNKNOWN, found.table, why="its key is not known")
    other = closing(found.table, key, besides)
    return found if other is None else Answer(Covered.UNKNOWN, found.table, why=f"whether {other.shown} keeps the second row out")


def _shown(linker: Linker, told: _Told) -> Unconstrained:
    """A call as a rule tells it."""
    event, table = told.event, told.answer.table
    assert event.effect is not None
    assert table is not None
    columns = {plain(name): name for name in table.columns}
    key = tuple((columns.get(plain(name), name), stated(linker.symbols, told.full, name, value)) for name, value in event.columns)
    conflict = event.effect.conflict
    if conflict is not None:
        key = tuple((columns.get(plain(name), name), Const(None)) for name in conflict.columns)
    retired = next((name for name in table.columns if out_of_use(name) and name not in dict(key)), "")
    end = told.way[-1]
    return Unconstrained(
        function=told.full,
        client=event.effect.client,
        getter=end.note or event.text,
        resource=table.model.rpartition(".")[2] or table.name,
        key=tuple(dict.fromkeys(name for name, _ in key)),
        place=end.place,
        chain=told.way,
        declared=Place(table.path, Span(table.row or 1, 1, table.row or 1, 1)),
        schema=told.answer,
        wanted=_wanted(key, retired, table, event.effect.folded) if conflict is None else _named(key, conflict),
        retired=retired if conflict is None else "",
        conflict=conflict,
        library=told.library,
    )


def _named(key: Columns, conflict: OnConflict) -> UniqueSet:
    """What a statement names that says what becomes of a row that is there; no columns where it names none."""
    return UniqueSet(tuple(name for name, _ in key), "missing", condition=sql_condition(conflict.when), when=conflict.when)


def _wanted(key: Columns, retired: str, table: Table, without_case: tuple[str, ...]) -> UniqueSet:
    """What would have to be unique: over the rows in use alone, where the key holds a flag, or it is known how the table has one."""
    flags = narrowing(key)
    kind = table.kind(retired)
    used: Columns = ()
    if kind.flag is not None and surely_out_of_use(retired):
        used = ((retired, Const(kind.flag)),)
    elif kind.empty and surely_out_of_use(retired):
        used = ((retired, Const(None)),)
    columns = tuple(dict.fromkeys(name for name, _ in key if name not in dict(flags)))
    when = (*flags, *used)
    return UniqueSet(columns, "missing", condition=sql_condition(when), when=when, folded=without_case)
