"""Turns the pairs of a clear and an insert into replacements, each once, by its shortest path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from session_lint.analysis.program.alternatives import is_other
from session_lint.analysis.program.assumptions import of_rows, of_run, of_transaction
from session_lint.analysis.program.callers import always
from session_lint.analysis.program.events import Event
from session_lint.analysis.program.framework_runs import plain, who_runs
from session_lint.analysis.program.fresh import is_fresh
from session_lint.analysis.program.keys import Match, column, compare
from session_lint.analysis.program.link import Linker
from session_lint.analysis.program.newborn import of_new_record
from session_lint.analysis.program.pairs import related, replaces, together
from session_lint.analysis.program.several import Sets
from session_lint.analysis.program.uniqueness import covering
from session_lint.analysis.program.walked import Pair, Walk
from session_lint.facts.effects import EffectKind
from session_lint.facts.location import Place
from session_lint.facts.schema import Schema
from session_lint.facts.summary import Replacement
from session_lint.facts.terms import Attr, Const, Param, Ref, Term, show, strip

NEAR = 4  # steps of both paths together, where nothing shows whose rows they are: each half is the function's own or that of a helper
FARTHEST = 8  # steps of both paths where the key is the same: the one who wrote the one half does not know of the other


def replacements(
    linker: Linker, functions: Iterable[str], *, relations: frozenset[str], schema: Schema | None = None
) -> tuple[Replacement, ...]:
    """Every clear followed by an insert for the same key: one entry per insert, by the shortest chain.

    `relations`: the names of the project's relations. Under any other name `x.items.clear()` then `x.items.add(y)` is a set.
    """
    inside, locked = always_in_transaction(linker), always_under_lock(linker)
    sets = Sets(linker)
    found: dict[Place, Replacement] = {}
    told: list[Replacement] = []
    for full in functions:
        walked = linker.walks[full]
        for pair in walked.replacements:
            replacement = _replacement(linker, sets, full, walked, pair, covered=full in inside, locked=full in locked)
            if replacement is not None:
                replacement = _judged(linker, replacement, (walked.events[pair.first], walked.events[pair.second]), relations, schema)
            if replacement is None:
                continue
            best = found.get(replacement.insert)
            if best is None or _rank(replacement) < _rank(best):
                found[replacement.insert] = replacement
    clears = Counter((one.function, one.clear_chain[0].place, one.clear) for one in found.values())
    shared = {place for place, one in found.items() if clears[one.function, one.clear_chain[0].place, one.clear] > 1}
    first: dict[tuple[str, Place, str], Place] = {}  # a set that is filled in portions is one defect, told at the first of them
    for place in sorted(found):
        one = found[place]
        if one.shape == "row" or first.setdefault((one.function, one.clear, one.resource), place) == place:
            told.append(replace(one, shared=place in shared))
    return tuple(told)


def _judged(
    linker: Linker, found: Replacement, pair: tuple[Event, Event], relations: frozenset[str], schema: Schema | None
) -> Replacement | None:
    """A pair as it is told; None where the relation is none of the project's, where nobody counts on the rows, or the schema decides."""
    clear, insert = pair
    if (found.relation and not _is_one_of(relations, insert.resource)) or _childless(linker, clear, relations):
        return None
    return _with_schema(schema, found, clear, insert) if schema is not None and found.shape == "row" else found


def _with_schema(schema: Schema, found: Replacement, clear: Event, insert: Event) -> Replacement | None:
    """What the schema says of a pair; None where the database decides, and nobody is surprised.

    In one transaction no reader sees the gap. Of two requests that both insert one fails: it may be told so where it catches that; and
    where a partial unique index is about the rows in use, whoever wrote it wants it so.
    """
    answer = covering(schema, insert, clear.columns, insert.columns)
    by = answer.by
    if found.transaction and by is not None and (insert.caught or (found.soft and by.partial)):
        return None
    return replace(found, schema=answer)


def _rank(one: Replacement) -> tuple[bool, bool, int, int]:
    """The pair that is told of an insert: one that is proved, by the shortest way."""
    return (not one.certain, bool(one.assumed), len(one.chain), len(one.clear_chain))


def always_in_transaction(linker: Linker) -> frozenset[str]:
    """Functions whose every known call is made inside a transaction."""
    return always(linker.calls_in_transaction)


def always_under_lock(linker: Linker) -> frozenset[str]:
    """Functions whose every known call is made while a lock is held."""
    return always(linker.calls_under_lock)


def _replacement(linker: Linker, sets: Sets, full: str, walked: Walk, pair: Pair, *, covered: bool, locked: bool) -> Replacement | None:
    clear, insert = walked.events[pair.first], walked.events[pair.second]
    if clear.effect is None or insert.effect is None or not replaces(clear, insert, committed=pair.committed):
        return None
    if of_new_record(linker, full, clear) or is_other(walked, clear) or _is_of_a_failure(walked, pair.second):
        return None
    match = min(related(clear, insert), unchanged(walked, clear, insert))
    if match is Match.DIFFERENT or (match is Match.UNKNOWN and _far(clear, insert)) or clear.steps + insert.steps > FARTHEST:
        return None
    if match is Match.UNKNOWN and is_of_another(linker, full, clear, insert):
        return None
    several = sets.are_replaced(full, walked, pair)
    transaction = covered or together(clear, insert, committed=pair.committed)
    if transaction and not several and not pair.committed and linker.scripts.is_script(full):  # nobody else runs it at the same time
        return None
    alone = locked or (clear.locked and insert.locked) or linker.databases.one_writer.of(insert, full)
    if _safe(insert, several=several, transaction=transaction, alone=alone):
        return None
    return Replacement(
        shape="set" if several else "row",
        function=full,
        client=insert.effect.client,
        resource=_resource_text(insert),
        key=", ".join(dict.fromkeys(name or _owner_text(insert) or show(value, 40) for name, value in clear.columns)),
        certain=match is Match.SAME,
        clear=clear.place,
        clear_function=clear.path[-1].function,
        insert=insert.place,
        insert_function=insert.path[-1].function,
        chain=plain(insert.path),
        clear_chain=plain(clear.path),
        soft=clear.effect.soft,
        transaction=transaction,
        committed_between=pair.committed and not clear.effect.autocommit,
        relation=_is_relation(clear, insert),
        clear_origin=clear.effect.origin,
        origin=insert.effect.origin,
        runs=who_runs(linker, full, clear, insert),
        assumed=tuple(_assumed(linker, full, pair, match, alone=several and not transaction)),
    )


def is_of_another(linker: Linker, full: str, clear: Event, insert: Event) -> bool:
    """Whether the new row has a value made on the spot where those that are cleared have another one: `new_family()`."""
    new = {column(name): value for name, value in insert.columns if name}
    pairs = ((value, new[column(name)]) for name, value in clear.columns if column(name) in new)
    return any(compare(value, other) is not Match.SAME and is_fresh(other, linker, full) for value, other in pairs)


def _is_of_a_failure(walked: Walk, index: int) -> bool:
    """Whether a row only tells what went wrong: it is inserted in a handler, and the error goes on, so that a transaction would lose it."""
    insert = walked.events[index]
    return (bool(insert.callee) and insert.fails) or (index in walked.handled and index not in walked.survived)


def _assumed(linker: Linker, full: str, pair: Pair, match: Match, *, alone: bool) -> Iterator[str]:
    """What a replacement takes for granted. `alone`: it is told because no transaction holds the two together."""
    clear, insert = (linker.walks[full].events[index] for index in (pair.first, pair.second))
    if match is Match.SAME:
        yield from of_rows(clear, insert)
    yield from of_run(clear, insert)
    if alone and not pair.committed:
        yield from of_transaction(linker, full, clear, insert)


def _is_relation(clear: Event, insert: Event) -> bool:
    """`record.groups.clear()` then `.add(...)`: nothing but the relation says which rows."""
    whole = clear.effect is not None and clear.effect.verb == ".clear()" and not any(name for name, _ in clear.columns)
    return isinstance(insert.resource, Attr) and (whole or not clear.columns)


def _childless(linker: Linker, clear: Event, relations: frozenset[str]) -> bool:
    """`lines=None`, `lines__isnull=True` by the name that another model's foreign key gives: rows that nothing refers to.

    Nobody counts on such a row, as on one that is marked as deleted.
    """
    if not isinstance(clear.resource, Ref) or clear.resource.name not in linker.symbols.classes:
        return False
    empty = [name for name, value in clear.columns if value == Const(None)]
    own = [name for name in empty if linker.symbols.attribute(clear.resource.name, name)]
    return any(name not in own and (name in relations or name.endswith("_set")) for name in empty)


def _is_one_of(relations: frozenset[str], resource: Term | None) -> bool:
    return isinstance(resource, Attr) and (resource.name in relations or resource.name.endswith("_set"))


def _safe(insert: Event, *, several: bool, transaction: bool, alone: bool) -> bool:
    """A set in one transaction is fine; so is one row where the transaction excludes other writers, or has locked rows first."""
    if insert.kind is EffectKind.UPSERT and not several:
        return True
    return transaction and (several or alone)


def unchanged(walked: Walk, clear: Event, insert: Event) -> Match:
    """Whether the keys of the two are computed of the same."""
    return walked.changes.match(clear.columns, clear.site, insert.columns, insert.site)


def _far(clear: Event, insert: Event) -> bool:
    """Nothing shows that the two are for one key, and they are halves of two calls, or of a long chain."""
    twice = bool(clear.callee) and clear.callee == insert.callee
    return twice or clear.steps + insert.steps > near(insert)


def near(insert: Event) -> int:
    """How many steps both paths may have together where nothing shows whose rows they are.

    A function that is handed the row whole, beside the key, is there to put that row in place: each half may be a helper's helper.
    """
    whole = bool(insert.columns) and all(not name and isinstance(strip(value), Param) for name, value in insert.columns)
    return NEAR + 2 if whole else NEAR


def _resource_text(insert: Event) -> str:
    """The table as the user names it; a relation as it is written where rows are put into it."""
    match insert.resource:
        case Const(str(name)):
            return name
        case None:
            return "rows"
        case Attr(_, name) if owner := _owner_text(insert):
            return f"{owner}.{name}"
        case other:
            return show(other, 40)


def _owner_text(insert: Event) -> str:
    """The record of a relation as it is written: `group` in `group.users.add(...)`; "" where it is no plain name."""
    name = insert.resource.name if isinstance(insert.resource, Attr) else ""
    found = re.match(rf"([A-Za-z_][\w.]*)\.{re.escape(name)}\.", insert.text) if name else None
    return found.group(1) if found is not None else ""
