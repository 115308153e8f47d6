"""What the text of an insert says of a row that is there already. Import it only when SQL is met."""

from __future__ import annotations

from sqlglot import exp

from session_lint.clients.conflicts import of_columns
from session_lint.clients.sql_text import HOLE
from session_lint.facts.effects import OnConflict


def on_conflict(tree: exp.Insert) -> OnConflict | None:
    """The columns that an insert names for a row that is there already; None where it says nothing, or what is no plain column."""
    alternative, conflict = str(tree.args.get("alternative") or ""), tree.args.get("conflict")
    if alternative in ("IGNORE", "REPLACE") or tree.args.get("ignore"):
        return OnConflict(f"INSERT OR {alternative}" if alternative else "INSERT IGNORE")
    if conflict is None or conflict.args.get("constraint") is not None:
        return None
    if conflict.args.get("duplicate"):
        return OnConflict("ON DUPLICATE KEY UPDATE")
    keys = [one.this if isinstance(one, exp.Ordered) else one for one in conflict.args.get("conflict_keys") or ()]
    names = [one.name.lower() if isinstance(one, (exp.Column, exp.Identifier)) and not HOLE.search(one.name) else "" for one in keys]
    where = conflict.args.get("index_predicate")
    return of_columns(names, where.this.sql("postgres") if where is not None else None) if all(names) else None


def leaves_it(conflict: exp.OnConflict) -> bool:
    """Whether a row that is there already stays as it is, by MySQL's idiom of INSERT: `ON DUPLICATE KEY UPDATE name = name`. With
    RETURNING the same is an upsert that gives the row."""
    assigned = conflict.expressions if conflict.args.get("duplicate") else []
    return bool(assigned) and all(isinstance(one, exp.EQ) and _is_itself(one) for one in assigned)


def _is_itself(assigned: exp.EQ) -> bool:
    column, value = assigned.this, assigned.expression
    if isinstance(value, exp.Anonymous) and value.name.upper() == "LAST_INSERT_ID" and value.expressions:
        value = value.expressions[0]
    return isinstance(column, exp.Column) and isinstance(value, exp.Column) and column.name.lower() == value.name.lower()
