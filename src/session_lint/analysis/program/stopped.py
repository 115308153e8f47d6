"""The step that stopped a pair of effects from becoming a finding, in plain words. For `check --explain` alone.

It says again what `replacements.py` and `repeats.py` decide; whether a pair is reported is theirs to say. Where those modules give the
reason themselves, theirs is to be taken in place of what is here.
"""

from __future__ import annotations

from dataclasses import replace

from session_lint.analysis.program.alternatives import is_other
from session_lint.analysis.program.events import Event, ends as is_over, fixed, same_resource
from session_lint.analysis.program.filled import excludes
from session_lint.analysis.program.framework_runs import steps as steps_to
from session_lint.analysis.program.keys import Match, column, compare, compare_keys, unknown, volatile
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.newborn import of_new_record
from session_lint.analysis.program.pairs import related, replaces
from session_lint.analysis.program.replacements import FARTHEST, is_of_another, near, unchanged
from session_lint.analysis.program.several import Sets
from session_lint.analysis.program.turns import made_anew
from session_lint.analysis.program.units import apart
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.analysis.program.wording import condition_words, listed
from session_lint.facts.effects import EffectKind, Selection
from session_lint.facts.terms import Term, show

_NO_WAY = "no way leads from the one to the other: another branch, or the function is left before"
_ONE_CALL = "both happen in one call: they are compared inside what it calls, where less is known of them"
_CHANGED = "what the key is computed of is changed in between"
_DEEPEST = 5
_COPIED = "what is inserted is a copy of a whole table: it is for no key"
_SELECTED = {
    Selection.DIFFERENCE: "it removes what is no longer wanted (a set difference), not the rows that are inserted",
    Selection.RANGE: "it removes by a range, a pattern, an age or a number, not the rows of a key",
    Selection.ALL: "it clears the whole table, and that is reported only where it is final before several rows are inserted near by",
    Selection.UNKNOWN: "which rows it clears cannot be told from its filter",
}


def stopped_replacement(linker: Linker, sets: Sets, full: str, pair: Pair, *, covered: bool, locked: bool) -> str:
    """Why a clear and an insert that can follow each other on one table are no replacement; "" when nothing is seen to stop them."""
    walked = linker.walks[full]
    clear, insert = walked.events[pair.first], walked.events[pair.second]
    if clear.effect is None or insert.effect is None:
        return "what one of the two does cannot be told"
    if not replaces(clear, insert, committed=pair.committed):
        copied = insert.effect.selection is Selection.ALL and clear.effect.selection is not Selection.ALL
        return _COPIED if copied else _SELECTED.get(clear.effect.selection, "which rows it clears cannot be told")
    match = min(related(clear, insert), changed := unchanged(walked, clear, insert))
    if match is Match.DIFFERENT:
        return _CHANGED if changed is match else _differing(clear, insert)
    apart_from = _of_two(linker, full, pair, match)
    if apart_from:
        return apart_from
    unit = _unit(clear, insert, pair, covered=covered)
    alone = linker.databases.one_writer.of(insert, full)
    harmless = _harmless(clear, insert, unit, alone=alone, several=sets.are_replaced(full, walked, pair), locked=locked)
    if not harmless and unit and not pair.committed and linker.scripts.is_script(full):
        return f"both are in one transaction ({unit}) of a script: nobody else runs it at the same time"
    return harmless


def _of_two(linker: Linker, full: str, pair: Pair, match: Match) -> str:
    """Why nobody takes the two for one replacement: they are far from each other, or nothing is there to be cleared."""
    clear, insert = (linker.walks[full].events[index] for index in (pair.first, pair.second))
    if of_new_record(linker, full, clear):
        return "the record whose rows are cleared is made in the same run: it has none yet"
    if is_other(linker.walks[full], clear):
        return "its filter is another one: a part of it is only added under a condition"
    if match is Match.UNKNOWN and is_of_another(linker, full, clear, insert):
        return "the new row has a value that is made on the spot where the rows that are cleared have another one"
    steps = clear.steps + insert.steps
    if match is Match.UNKNOWN and clear.callee and clear.callee == insert.callee:
        return "nothing shows that the two are for the same rows, and one helper does both, for whoever calls it"
    if match is Match.UNKNOWN and steps > (limit := near(insert)):
        return f"nothing shows that the two are for the same rows, and they are more than {limit} calls apart"
    if steps > FARTHEST:
        return f"the two are more than {FARTHEST} calls apart"
    return ""


def _unit(clear: Event, insert: Event, pair: Pair, *, covered: bool) -> str:
    """How the two come to be in one transaction; "" when they are not."""
    if set(clear.scopes) & set(insert.scopes):
        return "one block or call opens it around both"
    if covered:
        return "every known call of this function is made in one"
    own = (clear.effect is not None and clear.effect.autocommit) or (insert.effect is not None and insert.effect.autocommit)
    return "" if own or pair.committed or apart(clear.unit, insert.unit) else "nothing commits between them"


def _harmless(clear: Event, insert: Event, unit: str, *, alone: bool, several: bool, locked: bool) -> str:
    if insert.kind is EffectKind.UPSERT and not several:
        return "the second is an upsert: a row that is there is changed, none is added"
    if not unit:
        return ""
    if several:
        return f"both are in one transaction ({unit}): a set that is replaced in one transaction is fine"
    if locked:
        return f"both are in one transaction ({unit}), and every known call of this function holds a lock: nobody else comes in between"
    if clear.locked and insert.locked:
        return f"both are in one transaction ({unit}) that has locked first: nobody else comes in between"
    if alone:
        return f"both are in one transaction ({unit}), and on SQLite one transaction keeps all other writers out"
    return ""


def _differing(clear: Event, insert: Event) -> str:
    """How the rows cleared differ from the row inserted."""
    for name, value in clear.columns:
        new = tuple((other, inserted) for other, inserted in insert.columns if column(other) == column(name))
        if new and related(replace(clear, columns=((name, value),)), replace(insert, columns=new)) is Match.DIFFERENT:
            return f"the keys differ: `{name}` is {_value(value)} where rows are cleared, {_value(new[-1][1])} in the new row"
    cleared, named = [f"`{name}`" for name, _ in clear.columns if name], [f"`{name}`" for name, _ in insert.columns if name][:4]
    if not named:
        return f"the keys differ: it clears particular rows, by {listed(cleared, 'and') or 'what they are'}"
    return f"the keys differ: it clears by {listed(cleared, 'and')}, and the new row says nothing of that (it has {listed(named, 'and')})"


def unpaired_replacement(walked: Walk, first: int, second: int) -> str:
    """Why a clear and an insert on one table, both in the walk of one function, cannot follow each other."""
    clear, insert = walked.events[first], walked.events[second]
    if first > second:
        return "it comes after the insert"
    if excludes(clear, insert):
        return f"the two exclude each other: it happens only when {condition_words(clear.conditions) or 'a test holds'}"
    if clear.site == insert.site:
        return _ONE_CALL
    if clear.fails:
        return "every way on from it ends in an exception"
    if any(event.kind is EffectKind.ROLLBACK for event in walked.events[first + 1 : second]):
        return "it is rolled back in between, or no way leads from the one to the other"
    return _NO_WAY


def stopped_repeat(linker: Linker, full: str, walked: Walk, pair: Pair) -> str:
    """Why a record that is obtained twice is no repeat; "" when nothing is seen to stop it."""
    second, summary = walked.events[pair.second], linker.summary(full)
    if summary.atomic and summary.getter is not None and same_resource(summary.getter.resource, second.resource):
        return "both are inside a get-or-create of that record: what it does to make sure is its own business"
    if len(second.path) > 1 and fixed(second.columns, linker.changes):
        return "its key is a constant: one record of the whole program, which many places obtain"
    if max(steps_to(second), steps_to(walked.events[pair.first])) > _DEEPEST:
        return f"it is more than {_DEEPEST} calls away"
    if any(step.function == full for step in second.path[1:]):
        return "the second is a call of the function by itself: a retry, or the next level"
    if pair.match is not Match.SAME:
        return f"whether it is the same record cannot be told: {_unequal(walked.events[pair.first], second) or 'a key cannot be followed'}"
    if linker.unmet.never(full, pair, lambda _: True):
        return "one of the two happens only for want of what each known caller gives"
    return ""


def unpaired_repeat(walked: Walk, first: int, second: int) -> str:
    """Why two events that obtain from one table, the first before the second, are not one record obtained twice."""
    one, other = walked.events[first], walked.events[second]
    if any(volatile(value) or made_anew(value) for _, value in other.columns):
        return "its key is made anew at every call"
    if compare_keys(one.columns, other.columns) is Match.DIFFERENT:
        return _unequal(one, other) or "the keys differ"
    if walked.changes.match(one.columns, one.site, other.columns, other.site) is Match.DIFFERENT:
        return _CHANGED
    if excludes(one, other):
        return f"the two exclude each other: that one happens only when {condition_words(one.conditions) or 'a test holds'}"
    if other.fallback or other.locked:
        return ""
    if one.site == other.site:
        return _ONE_CALL
    ends = [e for e in walked.events[first + 1 : second] if e.kind in {EffectKind.CLEAR, EffectKind.INVALIDATE, EffectKind.ROLLBACK}]
    ended = next((e for e in ends if e.kind is EffectKind.ROLLBACK or is_over(e, one)), None)
    if ended is not None:
        return f"the record is ended in between, at {ended.place}"
    return _NO_WAY


def _unequal(one: Event, other: Event) -> str:
    """The first column in which two keys differ or may differ."""
    left, right = {column(n): (n, v) for n, v in one.columns}, {column(n): (n, v) for n, v in other.columns}
    for name in sorted(left.keys() & right.keys()):
        if compare(left[name][1], right[name][1]) is not Match.SAME:
            return f"`{left[name][0]}` is {_value(left[name][1])} there and {_value(right[name][1])} here"
    only = [f"`{n}`" for n, _ in (*left.values(), *right.values()) if (column(n) in left) is not (column(n) in right)]
    return f"only one of the two keys has {only[0]}" if only else ""


def _value(term: Term) -> str:
    text = show(term, 40)
    return "a value that cannot be followed" if unknown(term) or text == "…" else f"`{text}`"
