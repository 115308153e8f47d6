"""The step that stopped a look-up and an insert from becoming a check-then-insert, in plain words. For `check --explain` alone.

It asks what `checks.py` asks, in its order; whether a pair is reported is that module's to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.analysis.program.absence import wants_some
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
from session_lint.analysis.program.events import Event, fixed
from session_lint.analysis.program.fresh import is_made_up
from session_lint.analysis.program.handed_on import is_handed_on
from session_lint.analysis.program.keys import Match, column, compare
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.newborn import of_new_record
from session_lint.analysis.program.stored_again import is_stored_again
from session_lint.analysis.program.uniqueness import covering
from session_lint.analysis.program.wording import listed
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.schema import Covered, Schema
from session_lint.facts.terms import show

_PICKED = {
    Selection.DIFFERENCE: "it looks for what some value is not, by no key of its own",
    Selection.RANGE: "it looks by a range, a pattern, an age or a number, not by a key",
    Selection.MEMBERS: "it looks for the members of a collection, not by one key",
    Selection.UNKNOWN: "by what it looks cannot be told",
}


def stopped_check(linker: Linker, full: str, read: Event, insert: Event, schema: Schema) -> str:
    """Why a look-up of a function and an insert into the same table are no check-then-insert; "" when nothing is seen to stop them."""
    for told in (_no_insert(linker, full, insert, schema), _no_look(linker, full, read)):
        if told:
            return told
    apart = _no_pair(linker, full, read, insert)
    if apart:
        return apart
    if is_safe(linker, full, read, insert):
        return "a lock is held from before the look-up to the insert: nobody else comes in between"
    if linker.scripts.is_run_alone(full):
        return "only scripts, commands or the start of the program lead here: no second request does this at the same time"
    return next(_unlike(linker, full, read, insert, schema), "") or _answered(linker, full, read, insert, schema)


def _no_pair(linker: Linker, full: str, read: Event, insert: Event) -> str:
    """Why an insert does not wait for a look-up to find nothing."""
    walked, (rows, plain) = linker.walks[full], known_of(linker, full)
    if not of_one_client(read, insert):
        return "the two are of two clients"
    if is_pair(walked, rows, read, insert, plain):
        return ""
    if insert.loops != read.loops:
        return "one of the two is in a loop, and the other is not: they are not one for one"
    if walked.events.index(insert) < walked.events.index(read):
        return "the insert comes first"
    if any(wants_some(condition, read, rows.of) for condition in insert.conditions):
        return "the insert follows where the look-up has found something"
    return "nothing shows that the insert waits for the look-up to find nothing"


def _no_insert(linker: Linker, full: str, insert: Event, schema: Schema) -> str:
    """Why an effect is no insert of one row that another request may make too."""
    assert insert.effect is not None
    if insert.caught:
        return "the conflict is handled: that such a row is there already is an error that is caught"
    if insert.effect.ignores_conflicts or (insert.kind is EffectKind.UPSERT and not inserts(insert, schema)):
        return "the conflict is handled: the statement says what becomes of a row that is there already"
    if is_stored_again(insert, linker.walks[full], linker.facts[full]):
        return "the row is stored again: it was inserted before"
    return "" if inserts(insert, schema) else "several rows are inserted, or all of a table"


def _no_look(linker: Linker, full: str, read: Event) -> str:
    """Why an effect is no look-up by a key that another request may have too."""
    if looks(read, linker, full):
        return ""
    if not read.columns:
        return "it looks for no key: whatever row there is will do"
    if read.effect is not None and read.effect.selection in _PICKED:
        return _PICKED[read.effect.selection]
    if any(is_made_up(value, linker, full) for _, value in read.columns):
        return "a part of the key is made up on the spot: no other request has the same"
    if fixed(read.columns, linker.changes):
        return "the key is a constant: a row of the program itself, which is made once"
    return "it is in a loop of what is called, or its conditions cannot be told apart"


def _unlike(linker: Linker, full: str, read: Event, insert: Event, schema: Schema) -> Iterator[str]:
    """What speaks against their being about one row that may be there already."""
    match, (rows, _) = same_row(read, insert, schema), known_of(linker, full)
    if match is Match.DIFFERENT:
        yield _differing(by_natural(read, insert, schema), insert)
    if match is Match.UNKNOWN and not is_handed_on(read, linker.walks[full], rows, insert):
        yield f"nothing shows that the row has the {listed([name for name, _ in read.columns if name], 'and') or 'key'} that was looked for"
    if is_far(read, insert, match):
        yield "the two are too many calls apart for what is known of their keys"
    if of_new_record(linker, full, read):
        yield "the record whose rows are looked for is made in the same run: it has none yet"


def _differing(read: Event, insert: Event) -> str:
    new = {column(name): value for name, value in insert.columns}
    for name, value in read.columns:
        other = new.get(column(name))
        if other is not None and compare(value, other) is not Match.SAME:
            return f"the keys differ: `{name}` is `{show(value, 40)}` where it looks, `{show(other, 40)}` in the new row"
    return "the keys differ: the new row has not all that was looked for"


def _answered(linker: Linker, full: str, read: Event, insert: Event, schema: Schema) -> str:
    """What those who call the function do about the second row, or what the function does about any error."""
    if full in always(linker.calls_under_lock):
        return "every known call of this function is made under a lock: nobody else comes in between"
    if full in always(linker.calls_answered):
        return "every known call of this function answers the error for a row that is there already"
    answer = covering(schema, insert, read.columns, insert.columns)
    quiet = insert.swallowed or full in always(linker.calls_swallowed)
    if quiet and answer.covered is Covered.YES and answer.by is not None:
        where = "here" if insert.swallowed else "around every known call of this function"
        return f"the database keeps the second row out ({answer.by.shown}), and a handler for anything takes the error {where}"
    return ""
