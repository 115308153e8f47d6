"""A class that declares a table, together with the classes above it: what is declared anew hides what is above."""

from __future__ import annotations

from collections.abc import Sequence

from session_lint.facts.schema import Declared, Table, UniqueSet

_PRIMARY = "the primary key"


def together(own: Declared, order: Sequence[Declared], beyond: Sequence[str]) -> Table:
    """The table of a class. `order`: the class and those above it, nearest first; `beyond`: the bases of which it is not known what they
    add."""
    columns: dict[str, None] = {}
    sets: list[UniqueSet] = []
    primary: dict[str, None] = {}
    unsure: dict[str, None] = {}
    lost = False
    for one in order:
        sets += [found for found in one.unique if not set(found.columns) <= columns.keys()]
        sets += one.options if not (lost and one.abstract) else ()
        primary.update(dict.fromkeys(name for name in one.primary if name not in columns))
        unsure.update(dict.fromkeys(name for name in one.unsure if name not in columns))
        columns.update(dict.fromkeys(one.columns))
        lost = lost or (one.own_options and not one.extends)
    if not primary and own.implicit:
        primary = {own.implicit: None}
    found = dict.fromkeys([*primary_key(tuple(primary)), *sets])
    missing = () if found or beyond else ("its primary key",)  # that of a base which is not here
    doubts = dict.fromkeys([*missing, *(gap for one in order for gap in one.gaps)])
    return Table(
        own.table,
        own.model,
        own.path,
        tuple(columns),
        tuple(found),
        tuple(doubts),
        kinds=tuple({one.name: one for part in reversed(order) for one in part.kinds}.values()),
        own=own.columns,
        borrowed=_borrowed(own, order),
        unsure=tuple(unsure),
        beyond=tuple(beyond),
    )


def _borrowed(own: Declared, order: Sequence[Declared]) -> tuple[str, ...]:
    """The options of classes above it that are its own too."""
    if own.own_options and not own.extends:
        return ()
    return tuple(dict.fromkeys(name for one in order if one is not own for name in one.carries))


def primary_key(columns: tuple[str, ...]) -> tuple[UniqueSet, ...]:
    """The set of a primary key."""
    return (UniqueSet(columns, _PRIMARY),) if columns else ()
