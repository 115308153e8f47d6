"""Unique sets that are missing, taken together: one that several calls want is one defect, and one that another call speaks against is
not to be advised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from session_lint.facts.location import Place
from session_lint.facts.schema import UniqueSet, plain
from session_lint.facts.summary import Check, Finer, Unconstrained
from session_lint.facts.terms import Const, show

_Found = TypeVar("_Found", Check, Unconstrained)
_WHOLE = 1000  # of a constant, nothing is cut


def told_once(found: Iterable[Unconstrained]) -> tuple[Unconstrained, ...]:
    """The calls that lack a unique set, one for each set: that to which the fewest calls lead, with the places of the others."""
    alike: dict[object, list[Unconstrained]] = defaultdict(list)
    for one in found:
        alike[_key(one)].append(one)
    told = (min(group, key=lambda one: (len(one.chain), one.place)) for group in alike.values())
    whole = ((one, [other for other in alike[_key(one)] if other is not one]) for one in told)
    return tuple(sorted((replace(one, others=_places(others)) for one, others in whole), key=lambda one: one.place))


def _places(others: Iterable[Unconstrained]) -> tuple[tuple[str, Place], ...]:
    return tuple(sorted(((one.getter, one.place) for one in others), key=lambda pair: pair[1]))


def _key(one: Unconstrained) -> object:
    """What is missing; of a call of which that is not said, the place."""
    if not one.wanted.columns or one.schema.table is None:
        return one.place
    when = frozenset((plain(name), show(value, _WHOLE)) for name, value in one.wanted.when)
    kind = one.conflict is not None and bool(one.conflict.columns), one.conflict is None
    return one.schema.table.identity, _columns(one.wanted), when, kind


def with_finer(found: Iterable[_Found], others: Sequence[Check | Unconstrained]) -> tuple[_Found, ...]:
    """With the set of another call by which rows are told apart that agree in what one call wants to be unique."""
    return tuple(replace(one, finer=_finer(one, others)) for one in found)


def _finer(one: Check | Unconstrained, others: Sequence[Check | Unconstrained]) -> Finer | None:
    table, wanted = one.schema.table, _columns(one.wanted)
    if table is None or not wanted:
        return None
    against = [
        Finer(tuple(name for name in other.wanted.columns if plain(name) not in wanted), other.stands)
        for other in others
        if other.schema.table is not None
        and other.schema.table.identity == table.identity
        and wanted < _columns(other.wanted)
        and not _apart(one.wanted, other.wanted)
    ]
    return min(against, key=lambda finer: finer.place, default=None)


def _apart(one: UniqueSet, other: UniqueSet) -> bool:
    """Whether no row is one of those that both are about."""
    mine = {plain(name): value for name, value in one.when}
    theirs = {plain(name): value for name, value in other.when}
    shared = mine.keys() & theirs.keys()
    return any(isinstance(mine[name], Const) and isinstance(theirs[name], Const) and mine[name] != theirs[name] for name in shared)


def _columns(one: UniqueSet) -> frozenset[str]:
    return frozenset(plain(name) for name in one.columns)
