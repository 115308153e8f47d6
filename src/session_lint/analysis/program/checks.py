"""Check-then-insert: a row is looked for and, where there was none, inserted, while nothing keeps a second request from doing the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial

from session_lint.analysis.program.absence import says, wants_none, wants_some
from session_lint.analysis.program.callers import always
from session_lint.analysis.program.events import Event, fixed, same_rows
from session_lint.analysis.program.found_rows import is_apart, is_of_several, is_updated
from session_lint.analysis.program.framework_runs import plain as plain_path, who_runs
from session_lint.analysis.program.fresh import is_made_up
from session_lint.analysis.program.handed_on import is_handed_on
from session_lint.analysis.program.key_parts import called, is_composed, is_loose, stated
from session_lint.analysis.program.keys import IDENTITY, Match, column
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.locks import is_of_others, rows_locked
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.missed import is_raising
from session_lint.analysis.program.mutexes import is_won
from session_lint.analysis.program.newborn import of_new_record
from session_lint.analysis.program.pairs import related
from session_lint.analysis.program.refusing import refuses
from session_lint.analysis.program.stored_again import is_stored_again
from session_lint.analysis.program.uniqueness import closing, covering, table_of
from session_lint.analysis.program.walked import Walk
from session_lint.analysis.program.wording import resource_words
from session_lint.clients.call_shapes import is_record_class
from session_lint.clients.retirement import narrowing
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.location import Place
from session_lint.facts.schema import Answer, Covered, Schema, UniqueSet, plain as plain_name
from session_lint.facts.summary import Check
from session_lint.facts.terms import Attr, Const, Invoke, Op, Phi, Term, Unknown, strip

_NEAR = 4  # steps of both paths together, where nothing shows that the row inserted is the one that was looked for
_TEXT = "sql"
_OVERWRITING = "redis"  # the client that writes a value over another one without a word
_MERGING = ".merge()"
_GIVES = EffectKind.OBTAIN
_FARTHEST = 7  # where the key is the same, without functions that only give what another one gives

Plain = Callable[[Term], Term]  # a value with what is known of its parts written out


def checks(linker: Linker, functions: Iterable[str], schema: Schema) -> tuple[Check, ...]:
    """Every insert of what a look-up did not find: one entry for each call and table, the best proved, by the shortest chain."""
    safe = always(linker.calls_under_lock) | always(linker.calls_answered)
    quiet = always(linker.calls_swallowed)
    found: dict[tuple[Place, str], Check] = {}
    for full in functions:
        for one in _of(linker, full, schema) if full not in safe else ():
            if full in quiet and one.schema.covered is Covered.YES:
                continue
            best = found.get((one.insert, one.resource))
            if best is None or _rank(one) < _rank(best):
                found[one.insert, one.resource] = one
    own = {(one.made, one.function) for one in found.values()}
    return tuple(found[place] for place in sorted(found) if not _is_told_below(found[place], own))


def _is_told_below(one: Check, own: Collection[tuple[Place, str]]) -> bool:
    """Whether the insert is in a function that looks for the row itself: that is where it is told."""
    return any((one.made, step.function) in own for step in one.chain[1:])


def _rank(one: Check) -> tuple[bool, int]:
    return (not one.certain, len(one.chain) + len(one.look_chain))


def _of(linker: Linker, full: str, schema: Schema) -> Iterator[Check]:
    walked = linker.walks[full]
    inserts = [one for one in walked.events if _inserts(one, schema) and not is_stored_again(one, walked, linker.facts[full])]
    reads = [event for event in walked.events if _looks(event, linker, full)] if inserts else []
    built = {id(walked.events[index]): site for index, site in walked.stored.items() if _looks(walked.events[index], linker, full, _GIVES)}
    if not reads and not built:
        return
    rows = Rows(linker.facts[full], linker.symbols, partial(linker.spelled, full), walked)
    presence = linker.presence(full, walked, walked.kept)

    def plain(term: Term) -> Term:
        told = strip(linker.simplified(full, term, presence))
        return told if isinstance(told, Phi) else strip(linker.spelled(full, term))  # what a function gives: one of the two too

    for insert in inserts:
        pairs = [
            (read, _same_row(read, insert, schema))
            for read in reads
            if _of_one_client(read, insert) and _is_pair(walked, rows, read, insert, plain)
        ]
        # a row that was found is stored again there, and one that was built is inserted
        stored = (event for event in walked.events if built.get(id(event)) == insert.site and _of_one_client(event, insert))
        pairs += [(read, _same_row(read, insert, schema)) for read in stored]
        if any(_is_safe(linker, full, read, insert) for read, _ in pairs) or (pairs and linker.scripts.is_run_alone(full)):
            continue
        for read, match in pairs:
            far = read.steps + insert.steps > _FARTHEST if match is Match.SAME else len(read.path) + len(insert.path) > _NEAR
            known = match is Match.SAME or (match is Match.UNKNOWN and is_handed_on(read, walked, rows, insert))
            if known and not far and not of_new_record(linker, full, read):
                told = _check(linker, full, read, insert, match, schema)
                found = replace(
                    told,
                    refuses=refuses(read, walked, rows),
                    updates=is_updated(read, walked, rows),
                    apart=is_apart(read, insert, walked),
                )
                # the second row fails where the database keeps it out, and that ends in a handler for anything
                yield from () if insert.swallowed and found.schema.covered is Covered.YES else (found,)


def _of_one_client(read: Event, insert: Event) -> bool:
    """Whether both are of the same rows, by one client or by one and SQL text. `create()` of a class that another library reads is
    that class's own, and what it does about a conflict is not known."""
    assert read.effect is not None
    assert insert.effect is not None
    clients = {read.effect.client, insert.effect.client}
    return same_rows(read, insert) and (len(clients) == 1 or _TEXT in clients)


def _inserts(event: Event, schema: Schema) -> bool:
    """One row, that fails or makes a second one where there is one already; or a value that is written over another one unseen."""
    if event.effect is None or event.looped or event.caught:
        return False
    overwrites = event.effect.client == _OVERWRITING or _is_new(event, schema)
    if event.kind is not EffectKind.INSERT and not (event.kind is EffectKind.UPSERT and overwrites):
        return False
    return not (event.effect.many or event.effect.ignores_conflicts or event.effect.selection is Selection.ALL)


def _is_new(event: Event, schema: Schema) -> bool:
    """Whether a row is merged into a session that has no primary key: none that is there is it."""
    table = table_of(schema, event) if event.effect is not None and event.effect.verb == _MERGING and event.effect.complete else None
    given = {plain_name(name) for name, _ in event.columns}
    return table is not None and bool(table.unique) and not {plain_name(name) for name in table.unique[0].columns} <= given


def _looks(event: Event, linker: Linker, full: str, kind: EffectKind = EffectKind.READ) -> bool:
    """A look-up by a key that another request may have too."""
    if event.kind is not kind or event.effect is None or not event.columns or event.looped:
        return False
    if event.effect.client == _OVERWRITING and event.effect.verb != ".exists()":
        return False  # a value that is read and computed anew fills a cache
    if any(not name and is_composed(value) for name, value in event.columns):
        return False
    made = any(is_made_up(value, linker, full) for _, value in event.columns)
    return event.effect.selection is Selection.KEY and not made and not fixed(event.columns, linker.changes)


def _is_pair(walked: Walk, rows: Rows, read: Event, insert: Event, plain: Plain) -> bool:
    """Whether the insert waits for the look-up to come back empty."""
    if (read.site == insert.site and len(read.path) > 1) or insert.loops != read.loops:
        return False
    if any(wants_some(condition, read, rows.of) for condition in insert.conditions):
        return False
    if any(wants_none(condition, read, rows.of) for condition in insert.conditions) or _is_other_one(rows, read, insert, plain):
        return True
    first, then = walked.events.index(read), walked.events.index(insert)
    passed = (condition for start, end, tests in walked.passed if start <= first < end <= then for condition in tests)
    return first < then and (read.empty or any(wants_none(condition, read, rows.of) for condition in passed))


def _is_other_one(rows: Rows, read: Event, insert: Event, plain: Plain) -> bool:
    """Whether what is inserted is made where nothing was found, and is what was found else: `db.add(found or Cart(...))`, also in a
    function that is handed it."""
    call = rows.facts.calls[insert.site]
    handed = (*call.args, *(value for _, value in call.kwargs)) if insert.callee else call.args[:1]
    for term in (*handed, *((call.func.base,) if isinstance(call.func, Attr) else ())):
        made, inner = strip(term), strip(plain(term))
        if isinstance(inner, Phi) and isinstance(made, Invoke) and len(read.path) > 1 and read.site == made.site:
            return any(isinstance(option, Invoke) and is_record_class(option.func) for option in map(strip, inner.options))
        if isinstance(inner, Phi) and any(read.site in rows.of(option) for option in inner.options):
            tests = inner.on.operands if isinstance(inner.on, Op) else ()
            if isinstance(inner.on, Unknown) and is_raising(read, rows.facts.calls[read.site].func):
                return True  # what is made is what the handler makes
            return inner.on is None or any(says(test, read, rows.of) is not None for test in tests)
    return False


def _same_row(read: Event, insert: Event, schema: Schema) -> Match:
    """Whether the row that is inserted is the one that was looked for, as far as the columns tell."""
    assert insert.effect is not None
    read = _by_natural(read, insert, schema)
    match = related(read, insert)
    new = {column(name) for name, _ in insert.columns}
    open_ = [name for name, value in read.columns if column(name) not in new and not isinstance(strip(value), Const)]
    if match is Match.DIFFERENT and not insert.effect.complete and all(name in IDENTITY for name in open_):
        return Match.UNKNOWN if _natural(insert, schema) else Match.DIFFERENT
    if not open_ or not insert.effect.complete:
        return match
    return Match.DIFFERENT if not IDENTITY.isdisjoint(open_) and not _natural(insert, schema) else min(match, Match.UNKNOWN)


def _by_natural(read: Event, insert: Event, schema: Schema) -> Event:
    """The look-up with the name of the primary key that the program gives, in the place of `pk`."""
    natural = _natural(insert, schema)
    return replace(read, columns=tuple((natural if natural and name in IDENTITY else name, value) for name, value in read.columns))


def _is_safe(linker: Linker, full: str, read: Event, insert: Event) -> bool:
    """Whether a lock that is held before the look-up keeps others out, or only one request gets there."""
    walked = linker.walks[full]
    if is_won(read.conditions, partial(linker.spelled, full)):
        return True
    if not insert.locked:
        return False
    assert read.effect is not None
    if read.locked and not read.effect.locks:
        return not is_of_others(linker.facts[full], read)
    return rows_locked(walked, read, walked.events.index(read))


def _check(linker: Linker, full: str, read: Event, insert: Event, match: Match, schema: Schema) -> Check:
    assert insert.effect is not None
    chain = plain_path(insert.path) or insert.path
    read = _by_natural(read, insert, schema)
    answer = covering(schema, insert, read.columns, insert.columns)
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


def _natural(insert: Event, schema: Schema) -> str:
    """The primary key of the table where it is one that the program gives, such as a name; "" where the database numbers its rows."""
    table = table_of(schema, insert)
    first = table.unique[0].columns if table is not None and table.unique else ()
    return first[0] if len(first) == 1 and first[0] not in IDENTITY else ""
