"""SQLAlchemy and SQLModel: a savepoint, which is flushed at its end, and `IntegrityError`."""

from __future__ import annotations

import libcst as cst

from session_lint.repair.answer import Answer, Refused
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.databases import SQLITE, databases
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import field_defaults, filled
from session_lint.repair.rewrite.writes.harmless import calls, root
from session_lint.repair.rewrite.writes.race import Race
from session_lint.repair.rewrite.writes.rows import value_of

_RELATION = r"^\s+{name}\b[^#\n]*\b[rR]elationship\(|\bbackref\(?=?\s*\(?[\"']{name}[\"']"
_SENDS = ("flush", "commit")
_EARLY = "on SQLite the driver must be told to begin a transaction before a savepoint, or the row stays when the rest is rolled back"


class Sqlalchemy(Answer):
    """Sessions to which an object is added, and what executes an insert."""

    def refused(self, race: Race) -> Refused:
        receiver = _receiver(race)
        if race.sources.search(r"\boslo_db\b"):
            raise CannotRepair("oslo.db raises an error of its own in place of `IntegrityError`")
        awaited = any(
            isinstance(race.source.parent(call), cst.Await) and race.source.code(call.func).startswith(f"{receiver}.")
            for call in calls(race.function)
        )
        if race.asynchronous and not awaited:
            raise CannotRepair("whether the session is asynchronous cannot be told")
        error, edits = imports.ensure(race.source, "sqlalchemy.exc", "IntegrityError")
        note = _EARLY if SQLITE in databases(race.sources, race.source) else ""
        return Refused(error, f"{receiver}.begin_nested()", asynchronous=awaited, edits=edits, note=note)


def _receiver(race: Race) -> str:
    """The session or connection. Raises CannotRepair where the row may not be complete when the savepoint sends it."""
    func = race.insert.func
    if isinstance(func, cst.Attribute) and func.attr.value == "add":
        _require_settled(race)
        return race.source.code(func.value)
    if isinstance(func, cst.Attribute) and func.attr.value == "execute":
        return race.source.code(func.value)
    for above in race.source.parents(race.insert):
        match above:
            case cst.Call(func=cst.Attribute(value=receiver, attr=cst.Name("execute" | "scalar" | "scalars"))):
                return race.source.code(receiver)
    raise CannotRepair("the session that inserts the row cannot be seen")


def _require_settled(race: Race) -> None:
    """Raises CannotRepair where the object that is added may change before it is sent, or was pending before."""
    source, given = race.source, race.insert.args[0].value if race.insert.args else None
    made = (_made_before(race, given.value) or value_of(source, given)) if isinstance(given, cst.Name) else given
    if not isinstance(made, cst.Call):
        raise CannotRepair("the added object is not made where it can be seen")
    for arg in made.args:
        if arg.keyword is not None and race.sources.search(_RELATION.format(name=arg.keyword.value)):
            raise CannotRepair(f"`{arg.keyword.value}` is a relationship: by it the object may be in a session before it is added")
    if not isinstance(given, cst.Name):
        return
    receiver = source.code(race.insert.func.value) if isinstance(race.insert.func, cst.Attribute) else ""
    for one in (*race.after, *race.following):
        if _sends(race, one, receiver):
            return
        if given.value in names.free(one) and not _filled_later(race, given.value, one):
            raise CannotRepair(f"`{given.value}` may change after it is added, before it is sent: flush it right after the `add`")


def _made_before(race: Race, name: str) -> cst.BaseExpression | None:
    """What a name is bound to between the test and the insert, by the only assignment there."""
    found: list[cst.BaseExpression] = []
    for one in race.before:
        match one:
            case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(known))], value=value)]) if (
                known == name
            ):
                found.append(value)
    return found[0] if len(found) == 1 else None


def _filled_later(race: Race, name: str, statement: Statement) -> bool:
    """Whether a statement stores a column that a row is made without: the row is sent, and then updated."""
    stored, table = filled.store(name, statement), race.material.schema.table
    if stored is None or table is None or not table.has([stored.column]):
        return False
    empty = table.kind(stored.column).empty
    return empty or field_defaults.optional(race.sources[table.path], table.model.rpartition(".")[2], stored.column)


def _sends(race: Race, statement: Statement, receiver: str) -> bool:
    """Whether a statement sends what waits in a session, and does nothing else."""
    match statement:
        case (
            cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)])
            | cst.SimpleStatementLine(body=[cst.Expr(value=cst.Await(expression=cst.Call() as call))])
        ):
            return isinstance(root(call.func), cst.Name) and race.source.code(call.func) in {f"{receiver}.{verb}" for verb in _SENDS}
    return False
