"""What the migrations of a project leave in the database: their steps one after the other, what one makes and a later one takes away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from session_lint.facts.schema import Declared


def left(declared: Sequence[Declared]) -> dict[str, list[Declared]]:
    """What is declared of each table, by its name, once all steps are taken. What is part of no step comes first."""
    found: dict[str, list[Declared]] = defaultdict(list)
    ranks = _ranks({one.step: one.after for one in declared if one.step})
    for one in sorted(declared, key=lambda each: ranks.get(each.step, 0) if each.step else -1):
        name = one.table.lower()
        if one.gone:
            found.pop(name, None)
        elif one.becomes:
            found[one.becomes] = [replace(part, table=one.becomes) for part in found.pop(name, ())]
        elif one.drops:  # without a table: the name of an index is the only one in its schema
            for table in (name,) if name else tuple(found):
                found[table] = [_without(part, one.drops) for part in found[table]]
        elif name:
            found[name].append(one)
    return found


def _ranks(after: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Each step by the longest way to it; a circle of them is walked once."""
    ranks: dict[str, int] = {}
    for name in after:
        waiting = [name]
        while waiting:
            step = waiting[-1]
            missing = [one for one in after[step] if one in after and one not in ranks and one not in waiting]
            if missing:
                waiting += missing[:1]
            else:
                ranks[step] = 1 + max((ranks.get(one, 0) for one in after[step]), default=0)
                waiting.pop()
    return ranks


def _without(part: Declared, names: Sequence[str]) -> Declared:
    """What is left of a part without the sets of these names."""
    kept = tuple(one for one in part.unique if not {one.where, given_name(part.table, one.columns)} & set(names))
    return part if kept == part.unique else replace(part, unique=kept)


def given_name(table: str, columns: Sequence[str]) -> str:
    """The name that PostgreSQL gives a constraint that has none (its documentation, CREATE TABLE: table, columns, `key`)."""
    return "_".join((table, *columns, "key"))
