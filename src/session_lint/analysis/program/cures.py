"""What keeps the rows of a key apart, in words: the constraint, what it would not do, and what to do where there can be none."""

from __future__ import annotations

from session_lint.clients.schema_reader import sql_condition
from session_lint.facts.effects import Advice, written
from session_lint.facts.schema import Table, plain
from session_lint.facts.summary import Check, Unconstrained


def with_limits(constraint: str, found: Check | Unconstrained) -> str:
    """How to declare what is missing, with what that would not do, and what speaks against it."""
    return f"{constraint}{_too_long(found)}{_in_use(found)}{_unless(found)}"


def declaring(found: Check | Unconstrained) -> str:
    """The class in which a constraint belongs: that whose table has the columns; "" where it has only some of them."""
    table = found.schema.table
    if table is None:
        return ""
    homes = _homes(found, table)
    return homes.pop() if len(homes) == 1 else ""


def _homes(found: Check | Unconstrained, table: Table) -> set[str]:
    """The classes whose tables have the columns."""
    above = {plain(name): model for name, model in table.above}
    return {above.get(plain(name), table.model) for name in (*found.wanted.columns, *dict(found.wanted.when))}


def hindered(found: Check | Unconstrained) -> str:
    """What to do where no constraint can keep the rows apart; "" where one can."""
    if isinstance(found, Check) and found.loose:
        return f"no constraint is over conditions like these: {_LOCK}"
    table, several = found.schema.table, found.several
    columns = " and ".join(f"`{name}`" for name in found.wanted.columns)
    if table is None or not found.wanted.columns:
        return ""
    if several is not None and several.many:
        return f"several rows with one {columns} are wanted ({several.place} inserts them): {_instead(found)}"
    if len(_homes(found, table)) > 1:
        wanted = {plain(name) for name in (*found.wanted.columns, *dict(found.wanted.when))}
        name, model = next(pair for pair in table.above if plain(pair[0]) in wanted)
        return f"`{name}` is a column of `{model.rpartition('.')[2]}`, and no constraint spans two tables: {_instead(found)}"
    if found.finer is not None:
        more = ", ".join(found.finer.columns)
        return f"{found.finer.place} tells rows with one {columns} apart by {more}: go by that here too, or {_LOCK}"
    return ""


_LOCK = "lock a row that both requests have, such as that of the parent, before the row is looked for"


def _instead(found: Check | Unconstrained) -> str:
    return _LOCK if isinstance(found, Check) else f"go by a key that one table keeps unique, or {_LOCK}"


def _too_long(found: Check | Unconstrained) -> str:
    """What an index cannot hold: of text without a length MySQL takes none, PostgreSQL no more than 2,700 bytes."""
    table = found.schema.table
    long = [name for name in found.wanted.columns if table is not None and table.kind(name).long]
    return f" (or a column with a hash of `{long[0]}`, which may be too long for an index)" if long else ""


def _in_use(found: Check | Unconstrained) -> str:
    """That the table has a column that may retire rows."""
    retired = found.retired if isinstance(found, Unconstrained) else ""
    return f", over the rows in use alone if `{retired}` retires some" if retired and retired not in dict(found.wanted.when) else ""


def _unless(found: Check | Unconstrained) -> str:
    """That rows are inserted elsewhere too, nobody having looked for one."""
    if found.several is None:
        return ""
    columns = " and ".join(f"`{name}`" for name in found.wanted.columns)
    return f" unless several rows with one {columns} are wanted ({found.several.place} inserts one unseen)"


def instead(advice: Advice, check: Check) -> str:
    """What to write in the place of a look-up and insert, in the idiom of a client."""
    by = check.schema.by or check.wanted
    condition = (by.condition or sql_condition(by.when)) if by.partial or by.when else ""
    form = advice.partial if condition and advice.partial else f"use {advice.row if check.updates else advice.missing}"
    columns = ", ".join(by.columns) if condition and advice.partial else check.key
    return written(form, check.resource, columns, _kept(check), condition)


def _kept(check: Check) -> list[str]:
    """The columns of the key: those that are unique, where the database keeps them so, for by others besides the row of the first
    request would not be found."""
    by = check.schema.by
    kept = {plain(name) for name in by.columns} if by is not None else set()
    names = check.key.split(", ")
    return [one for one in names if plain(one) in kept] or names
