"""Inserts that say what becomes of a row that is there already: whether the database can tell that one is."""

from __future__ import annotations

from session_lint.analysis.program.events import Event
from session_lint.analysis.program.uniqueness import doubt, nearest, table_of
from session_lint.facts.effects import SPREAD, OnConflict
from session_lint.facts.schema import Answer, Covered, Schema, Table, UniqueSet, plain
from session_lint.facts.terms import Const

_PRIMARY = "the primary key"


def met(schema: Schema, event: Event, conflict: OnConflict) -> Answer:
    """Whether the database can tell that a row is there already."""
    table = table_of(schema, event)
    if table is None:
        return Answer(why="its table is not declared in the project")
    return _of_columns(table, conflict) if conflict.columns else _of_any(table, event)


def _of_columns(table: Table, conflict: OnConflict) -> Answer:
    """Columns that are named: there must be a unique set of these and no others (PostgreSQL and SQLite), or the statement fails."""
    wanted = {plain(name) for name in conflict.columns}
    same = [one for one in table.unique if {plain(name) for name in one.columns} == wanted and not one.expression]
    found = [(one, _inferred(one, conflict)) for one in same]
    by = next((one for one, holds in found if holds), None)
    if by is not None:
        return Answer(Covered.YES, table, by)
    why = doubt(table, list(conflict.columns), [one for one, holds in found if holds is None])
    if why:
        return Answer(Covered.UNKNOWN, table, why=why)
    return Answer(Covered.NO, table, near=same[0] if same else nearest(table, list(conflict.columns)))


def _inferred(one: UniqueSet, conflict: OnConflict) -> bool | None:
    """Whether a set of these columns is taken: a partial one only where its condition is named."""
    if not one.partial:
        return True
    if not conflict.partial:
        return False
    return one.holds(conflict.when) if conflict.when and one.when else None


def _of_any(table: Table, event: Event) -> Answer:
    """Whichever unique set the row meets. A primary key of one column that it does not give is a number that nothing else has."""
    row = event.columns
    if event.effect is None or not event.effect.complete or any(name in ("", SPREAD) for name, _ in row):
        return Answer(Covered.UNKNOWN, table, why="its row is not known")
    given = [name for name, value in row if value != Const(None)]
    by = next(table.within(given), None)
    if by is not None:
        return Answer(Covered.YES, table, by)
    why = doubt(table, given, [])
    others = [one for one in table.unique if one.how != _PRIMARY or len(one.columns) > 1]
    if why or others:
        return Answer(Covered.UNKNOWN, table, why=why or f"what the row has of {others[0].shown}")
    return Answer(Covered.NO, table)
