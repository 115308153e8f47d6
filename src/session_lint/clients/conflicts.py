"""What an insert says of a row that is there already, read from the calls of builders and from statements."""

from __future__ import annotations

from collections.abc import Iterable

from session_lint.clients.call_shapes import Step
from session_lint.clients.unique_conditions import columns_of, of_term, of_text
from session_lint.facts.effects import OnConflict
from session_lint.facts.terms import Const, Term, strip


def of_target(target: Term | None, where: Term | None = None, shown: str = "ON CONFLICT") -> OnConflict | None:
    """Of the columns that a call names; None where they are not understood."""
    columns = columns_of((target,)) if target is not None else None
    if not columns or not all(name.isidentifier() for name in columns):
        return None
    when = of_term(where) if where is not None else ()
    return OnConflict(f"{shown} ({', '.join(columns)})", columns, when, partial=where is not None)


def of_keyword(step: Step, name: str) -> OnConflict | None:
    """Of the columns that a call has by a keyword."""
    return of_target(step.arg(-1, name), shown=name)


def of_text_target(target: Term | None) -> OnConflict | None:
    """Of columns with commas between them, in one text: `on_conflict="owner,shop"`."""
    text = strip(target) if target is not None else None
    if not isinstance(text, Const) or not isinstance(text.value, str):
        return None
    names = tuple(name.strip() for name in text.value.split(","))
    return OnConflict(f'on_conflict="{text.value}"', names) if all(name.isidentifier() for name in names) else None


def of_steps(steps: Iterable[Step], prefix: str = "") -> OnConflict | None:
    """Of the methods of an insert of SQLAlchemy; None where it says nothing, names a constraint, or is not understood."""
    for step in steps:
        if step.name in ("on_conflict_do_update", "on_conflict_do_nothing") and step.call is not None:
            if step.arg(0, "constraint") is not None:
                return None
            target = step.arg(1, "index_elements")
            if target is None:
                return OnConflict("on_conflict_do_nothing()") if not step.kwargs else None
            return of_target(target, step.arg(2, "index_where"), "index_elements")
        if step.name == "on_duplicate_key_update":
            return OnConflict("ON DUPLICATE KEY UPDATE")
    words = prefix.upper().split()
    return OnConflict(f"INSERT {prefix.upper()}") if words and words[-1] in ("IGNORE", "REPLACE") else None


def of_columns(columns: Iterable[str], where: str | None) -> OnConflict:
    """Of a statement: the columns behind ON CONFLICT, and its condition; without columns any unique set counts."""
    names = tuple(columns)
    shown = f"ON CONFLICT ({', '.join(names)})" if names else "ON CONFLICT DO NOTHING"
    return OnConflict(shown, names, of_text(where) if where else (), partial=where is not None)
