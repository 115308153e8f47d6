"""Check-then-insert: a row is looked for and, where there was none, inserted, while nothing keeps a second request from doing the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from session_lint.analysis.program.callers import always
from session_lint.analysis.program.check_halves import (
    by_natural,
    inserts,
    is_far,
    is_pair,
    is_safe,
    known_of,
    looks,
    of_one_client,
    same_row,
)
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.found_rows import is_apart, is_of_several, is_updated
from session_lint.analysis.program.framework_runs import plain as plain_path, who_runs
from session_lint.analysis.program.fresh import is_made_up
from session_lint.analysis.program.handed_on import is_handed_on
from session_lint.analysis.program.key_parts import called, is_loose, stated, with_constants
from session_lint.analysis.program.keys import Match
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.newborn import of_new_record
from session_lint.analysis.program.refusing import refuses
from session_lint.analysis.program.stored_again import is_stored_again
from session_lint.analysis.program.uniqueness import closing, covering
from session_lint.analysis.program.wording import resource_words
from session_lint.clients.retirement import narrowing
from session_lint.facts.effects import EffectKind
from session_lint.facts.location import Place
from session_lint.facts.schema import Answer, Covered, Schema, UniqueSet, plain as plain_name
from session_lint.facts.summary import Check

_GIVES = EffectKind.OBTAIN


def checks(linker: Linker, functions: Iterable[str], schema: Schema) -> tuple[Check, ...]:
    """Every insert of what a look-up did not find: one entry for each call and table, the best proved, by the shortest chain."""
    safe = always(linker.calls_under_lock) | always(linker.calls_answered)
    quiet = always(linker.calls_swallowed)
    met: dict[tuple[Place, str], list[Check]] = defaultdict(list)
    for full in functions:
        for one in _of(linker, full, schema) if full not in safe else ():
            if full in quiet and one.schema.covered is Covered.YES:
                continue
            met[one.insert, one.resource].append(one)
    found = {place: _told(alike) for place, alike in met.items()}
    own = {(one.made, one.function) for one in found.values()}
    return tuple(found[place] for place in sorted(found) if not _is_told_below(found[place], own))


def _is_told_below(one: Check, own: Collection[tuple[Place, str]]) -> bool:
    """Whether the insert is in a function that looks for the row itself: that is where it is told."""
    return any((one.made, step.function) in own for step in one.chain[1:])


def _told(alike: list[Check]) -> Check:
    """The best proved, with the look-ups by other keys that the insert waits for as well: each may find nothing in two requests."""
    best = min(alike, key=_rank)
    others = {(one.key, one.look) for one in alike if one.certain is best.certain and one.key != best.key and one.look != best.look}
    return replace(best, also=tuple(sorted(others, key=lambda pair: pair[1])))


def _rank(one: Check) -> tuple[bool, int]:
    return (not one.certain, len(one.chain) + len(one.look_chain))


def _of(linker: Linker, full: str, schema: Schema) -> Iterator[Check]:
    walked = linker.walks[full]
    written = [one for one in walked.events if inserts(one, schema) and plain_path(one.path)]
    new = [one for one in written if not is_stored_again(one, walked, linker.facts[full])]
    reads = [event for event in walked.events if looks(event, linker, full)] if new else []
    built = {id(walked.events[index]): site for index, site in walked.stored.items() if looks(walked.events[index], linker, full, _GIVES)}
    if not reads and not built:
        return
    rows, plain = known_of(linker, full)
    for insert in new:
        pairs = [
            (read, same_row(read, insert, schema))
            for read in reads
            if of_one_client(read, insert) and is_pair(walked, rows, read, insert, plain)
        ]
        # a row that was found is stored again there, and one that was built is inserted
        stored = (event for event in walked.events if built.get(id(event)) == insert.site and of_one_client(event, insert))
        pairs += [(read, same_row(read, insert, schema)) for read in stored]
        if any(is_safe(linker, full, read, insert) for read, _ in pairs) or (pairs and linker.scripts.is_run_alone(full)):
            continue
        for read, match in pairs:
            known = match is Match.SAME or (match is Match.UNKNOWN and is_handed_on(read, walked, rows, insert))
            if known and not is_far(read, insert, match) and not of_new_record(linker, full, read):
                told = _check(linker, full, read, insert, match, schema)
                found = replace(
                    told,
                    refuses=refuses(read, walked, rows),
                    updates=is_updated(read, walked, rows),
                    apart=is_apart(read, insert, walked),
                )
                # the second row fails where the database keeps it out, and that ends in a handler for anything
                yield from () if insert.swallowed and found.schema.covered is Covered.YES else (found,)


def _check(linker: Linker, full: str, read: Event, insert: Event, match: Match, schema: Schema) -> Check:
    assert insert.effect is not None
    chain = plain_path(insert.path) or insert.path
    read = by_natural(read, insert, schema)
    key, row = (with_constants(linker.symbols, full, one).columns for one in (read, insert))
    answer = covering(schema, insert, key, row, whole=insert.effect.complete)
    columns = {plain_name(name): name for name in answer.table.columns} if answer.table is not None else {}
    loose = is_loose(read) and answer.covered is not Covered.YES
    if loose:  # what it goes by is no set of columns
        answer = Answer(table=answer.table, why="its look-up has conditions that are no columns")
    key = tuple(
        (columns.get(plain_name(name), called(name, value)), stated(linker.symbols, full, name, value)) for name, value in read.columns
    )
    return Check(
        function=full,
        client=insert.effect.client,
        resource=resource_words(insert.resource).strip("`"),
        key=", ".join(dict.fromkeys(name for name, _ in key)),
        certain=match is Match.SAME,
        look=read.place,
        look_function=read.path[-1].function,
        insert=chain[0].place,
        insert_function=chain[0].function,
        chain=chain,
        made=insert.place,
        look_chain=plain_path(read.path),
        runs=who_runs(linker, full, read, insert),
        schema=answer,
        flags=narrowing(key),
        ordered=is_of_several(linker, read),
        loose=loose,
        closing=_closing(linker, full, answer, read, insert),
        folded=read.effect.folded if read.effect is not None else (),
    )


def _closing(linker: Linker, full: str, answer: Answer, read: Event, insert: Event) -> UniqueSet | None:
    """Another unique set of the row that is inserted, on which the second request fails where its values are the same."""
    if answer.table is None or answer.covered is not Covered.NO:
        return None
    given = tuple((name, value) for name, value in insert.columns if not is_made_up(value, linker, full))
    return closing(answer.table, read.columns, given)
