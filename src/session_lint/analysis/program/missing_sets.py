"""Unique sets that are missing, taken together: one that several calls want is one defect, and one that another call speaks against is
not to be advised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from session_lint.clients.retirement import is_flag
from session_lint.clients.schema_reader import sql_condition
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


def with_kinds(found: Iterable[_Found], others: Sequence[Check | Unconstrained]) -> tuple[_Found, ...]:
    """With the constants among the columns that tell rows apart elsewhere: where another call asks for the same columns with another
    constant, or with any, one set over all of them is wanted, and not one for each constant."""
    return tuple(_with_kinds(one, others) for one in found)


def _with_kinds(one: _Found, others: Sequence[Check | Unconstrained]) -> _Found:
    told = [(name, value) for name, value in one.wanted.when if isinstance(value, Const) and not is_flag(name, value)]
    kinds = {name for name, value in told if any(_is_other_kind(one, plain(name), value, other) for other in others)}
    if not kinds:
        return one
    if isinstance(one, Check):
        return replace(one, flags=tuple(pair for pair in one.flags if pair[0] not in kinds))
    when = tuple(pair for pair in one.wanted.when if pair[0] not in kinds)
    columns = tuple(name for name in one.key if name in one.wanted.columns or name in kinds)
    return replace(one, wanted=replace(one.wanted, columns=columns, when=when, condition=sql_condition(when)))


def _is_other_kind(one: Check | Unconstrained, name: str, value: Const, other: Check | Unconstrained) -> bool:
    """Whether another call asks for the same columns of the table with another value of one that is a constant here."""
    mine, theirs = one.schema.table, other.schema.table
    if mine is None or theirs is None or mine.identity != theirs.identity:
        return False
    given = {plain(column): constant for column, constant in other.wanted.when}
    if _columns(other.wanted) == _columns(one.wanted):
        return name in given and given[name] != value
    return _columns(other.wanted) == _columns(one.wanted) | {name}


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
