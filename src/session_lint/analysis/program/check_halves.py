"""The halves of a check-then-insert, and what makes a pair of them: a look-up by a key, an insert that waits for it to find nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from session_lint.analysis.program.absence import says, wants_none, wants_some
from session_lint.analysis.program.events import Event, fixed, same_rows
from session_lint.analysis.program.framework_runs import steps
from session_lint.analysis.program.fresh import is_made_up
from session_lint.analysis.program.key_parts import is_composed
from session_lint.analysis.program.keys import IDENTITY, Match, column
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.locks import is_of_others, rows_locked
from session_lint.analysis.program.lookups import Rows
from session_lint.analysis.program.missed import is_raising
from session_lint.analysis.program.mutexes import is_won
from session_lint.analysis.program.pairs import related
from session_lint.analysis.program.uniqueness import table_of
from session_lint.analysis.program.walked import Walk
from session_lint.clients.call_shapes import is_record_class
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.schema import Schema, plain as plain_name
from session_lint.facts.terms import Attr, Const, Invoke, Op, Phi, Term, Unknown, strip

_TEXT = "sql"
_OVERWRITING = "redis"  # the client that writes a value over another one without a word
_MERGING = ".merge()"

NEAR = 4  # steps of both paths together, where nothing shows that the row inserted is the one that was looked for
FARTHEST = 7  # where the key is the same; without functions that only give what another one gives

Plain = Callable[[Term], Term]  # a value with what is known of its parts written out


def known_of(linker: Linker, full: str) -> tuple[Rows, Plain]:
    """What the results of the calls of a function stand for, and what gives a value of it with its parts written out."""
    walked = linker.walks[full]
    presence = linker.presence(full, walked, walked.kept)

    def plain(term: Term) -> Term:
        told = strip(linker.simplified(full, term, presence))
        return told if isinstance(told, Phi) else strip(linker.spelled(full, term))  # what a function gives: one of the two too

    return Rows(linker.facts[full], linker.symbols, partial(linker.spelled, full), walked), plain


def is_far(read: Event, insert: Event, match: Match) -> bool:
    """Whether the two are too many calls apart, for what is known of their being about one row."""
    return steps(read) + steps(insert) > (FARTHEST if match is Match.SAME else NEAR)


def inserts(event: Event, schema: Schema) -> bool:
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


def looks(event: Event, linker: Linker, full: str, kind: EffectKind = EffectKind.READ) -> bool:
    """A look-up by a key that another request may have too."""
    if event.kind is not kind or event.effect is None or not event.columns or event.looped:
        return False
    if event.effect.client == _OVERWRITING and event.effect.verb != ".exists()":
        return False  # a value that is read and computed anew fills a cache
    if any(not name and is_composed(value) for name, value in event.columns):
        return False
    made = any(is_made_up(value, linker, full) for _, value in event.columns)
    return event.effect.selection is Selection.KEY and not made and not fixed(event.columns, linker.changes)


def of_one_client(read: Event, insert: Event) -> bool:
    """Whether both are of the same rows, by one client or by one and SQL text. `create()` of a class that another library reads is
    that class's own, and what it does about a conflict is not known."""
    assert read.effect is not None
    assert insert.effect is not None
    clients = {read.effect.client, insert.effect.client}
    return same_rows(read, insert) and (len(clients) == 1 or _TEXT in clients)


def is_pair(walked: Walk, rows: Rows, read: Event, insert: Event, plain: Plain) -> bool:
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


def same_row(read: Event, insert: Event, schema: Schema) -> Match:
    """Whether the row that is inserted is the one that was looked for, as far as the columns tell."""
    assert insert.effect is not None
    read = by_natural(read, insert, schema)
    match = related(read, insert)
    new = {column(name) for name, _ in insert.columns}
    open_ = [name for name, value in read.columns if column(name) not in new and not isinstance(strip(value), Const)]
    if match is Match.DIFFERENT and not insert.effect.complete and all(name in IDENTITY for name in open_):
        return Match.UNKNOWN if _natural(insert, schema) else Match.DIFFERENT
    if not open_ or not insert.effect.complete:
        return match
    return Match.DIFFERENT if not IDENTITY.isdisjoint(open_) and not _natural(insert, schema) else min(match, Match.UNKNOWN)


def by_natural(read: Event, insert: Event, schema: Schema) -> Event:
    """The look-up with the name of the primary key that the program gives, in the place of `pk`."""
    natural = _natural(insert, schema)
    return replace(read, columns=tuple((natural if natural and name in IDENTITY else name, value) for name, value in read.columns))


def _natural(insert: Event, schema: Schema) -> str:
    """The primary key of the table where it is one that the program gives, such as a name; "" where the database numbers its rows."""
    table = table_of(schema, insert)
    first = table.unique[0].columns if table is not None and table.unique else ()
    return first[0] if len(first) == 1 and first[0] not in IDENTITY else ""


def is_safe(linker: Linker, full: str, read: Event, insert: Event) -> bool:
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
