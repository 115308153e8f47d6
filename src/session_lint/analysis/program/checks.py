"""Check-then-insert: a row is looked for and, where there was none, inserted, while nothing keeps a second request from doing the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from session_lint.analysis.program.absence import wants_none, wants_some
from session_lint.analysis.program.callers import always
from session_lint.analysis.program.events import Event, fixed, same_rows
from session_lint.analysis.program.framework_runs import plain, who_runs
from session_lint.analysis.program.keys import Match, anew, column, volatile
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.newborn import of_new_record
from session_lint.analysis.program.pairs import related
from session_lint.analysis.program.uniqueness import covering
from session_lint.analysis.program.walked import Walk
from session_lint.analysis.program.wording import resource_words
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.location import Place
from session_lint.facts.schema import Schema
from session_lint.facts.summary import Check
from session_lint.facts.terms import Const, show, strip

_NEAR = 4  # steps of both paths together, where nothing shows that the row inserted is the one that was looked for
_FARTHEST = 7  # where the key is the same


def checks(linker: Linker, functions: Iterable[str], schema: Schema) -> tuple[Check, ...]:
    """Every insert of what a look-up did not find: one entry for each insert and table, by the shortest chain."""
    locked = always(linker.calls_under_lock)
    found: dict[tuple[Place, str], Check] = {}
    for full in functions:
        for one in _of(linker, full, schema):
            if full in locked:
                continue
            best = found.get((one.insert, one.resource))
            if best is None or _rank(one) < _rank(best):
                found[one.insert, one.resource] = one
    return tuple(found[place] for place in sorted(found))


def _rank(one: Check) -> tuple[bool, int]:
    return (not one.certain, len(one.chain) + len(one.look_chain))


def _of(linker: Linker, full: str, schema: Schema) -> Iterator[Check]:
    walked = linker.walks[full]
    inserts = [event for event in walked.events if _inserts(event)]
    reads = [event for event in walked.events if _looks(event, linker)] if inserts else []
    if not reads:
        return
    rows = Rows(linker.facts[full], linker.symbols, partial(linker.spelled, full), walked)
    for insert in inserts:
        for read in reads:
            if same_rows(read, insert) and _is_pair(walked, rows, read, insert):
                match = _same_row(read, insert)
                if match is Match.DIFFERENT or len(read.path) + len(insert.path) > (_FARTHEST if match is Match.SAME else _NEAR):
                    continue
                if not of_new_record(linker, full, read) and not _is_safe(walked, read, insert) and not linker.is_script(full):
                    yield _check(linker, full, read, insert, match, schema)


def _inserts(event: Event) -> bool:
    """One row, that fails or makes a second one where there is one already."""
    if event.kind is not EffectKind.INSERT or event.effect is None or event.looped or event.caught:
        return False
    return not (event.effect.many or event.effect.ignores_conflicts or event.effect.selection is Selection.ALL)


def _looks(event: Event, linker: Linker) -> bool:
    """A look-up by a key that another request may have too."""
    if event.kind is not EffectKind.READ or event.effect is None or not event.columns or event.looped:
        return False
    values = [value for _, value in event.columns]
    made = any(volatile(value) or anew(value) for value in values)
    return event.effect.selection is Selection.KEY and not made and not fixed(event.columns, linker.changes)


def _is_pair(walked: Walk, rows: Rows, read: Event, insert: Event) -> bool:
    """Whether the insert waits for the look-up to come back empty."""
    if (read.site == insert.site and len(read.path) > 1) or insert.loops != read.loops:
        return False
    if any(wants_some(condition, read, rows.of) for condition in insert.conditions):
        return False
    if any(wants_none(condition, read, rows.of) for condition in insert.conditions):
        return True
    return read.empty and walked.events.index(read) < walked.events.index(insert)


def _same_row(read: Event, insert: Event) -> Match:
    """Whether the row that is inserted is the one that was looked for, as far as the columns tell."""
    assert insert.effect is not None
    match = related(read, insert)
    new = {column(name) for name, _ in insert.columns}
    open_ = [name for name, value in read.columns if column(name) not in new and not isinstance(strip(value), Const)]
    return min(match, Match.UNKNOWN) if open_ and insert.effect.complete else match


def _is_safe(walked: Walk, read: Event, insert: Event) -> bool:
    """Whether a lock that is held before the look-up keeps others out. One on the row that is looked for locks nothing if there is none."""
    if not insert.locked:
        return False
    assert read.effect is not None
    if read.locked and not read.effect.locks:
        return True
    before = walked.events[: walked.events.index(read)]
    return any(one.kind is EffectKind.READ and one.effect is not None and one.effect.locks and not same_rows(one, read) for one in before)


def _check(linker: Linker, full: str, read: Event, insert: Event, match: Match, schema: Schema) -> Check:
    assert insert.effect is not None
    return Check(
        function=full,
        client=insert.effect.client,
        resource=resource_words(insert.resource).strip("`"),
        key=", ".join(dict.fromkeys(name or show(value, 40) for name, value in read.columns)),
        certain=match is Match.SAME,
        look=read.place,
        look_function=read.path[-1].function,
        insert=insert.place,
        insert_function=insert.path[-1].function,
        chain=plain(insert.path),
        look_chain=plain(read.path),
        runs=who_runs(linker, full, read, insert),
        schema=covering(schema, insert, read.columns, insert.columns),
    )
