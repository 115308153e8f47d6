"""SQL text: the error of the driver; a savepoint where an error would end the transaction."""

from __future__ import annotations

import re

import libcst as cst

from session_lint.repair.answer import Answer, Refused
from session_lint.repair.rewrite.file.databases import driver
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.writes.race import Race

_ERRORS = {
    "sqlite3": "IntegrityError",
    "aiosqlite": "IntegrityError",
    "asyncpg": "UniqueViolationError",
}


class Sql(Answer):
    """Drivers that are called with a statement. In SQLite a statement that fails leaves the transaction as it was."""

    def refused(self, race: Race) -> Refused:
        name = driver(race.source)
        if name not in _ERRORS:
            raise CannotRepair("which driver runs the statement cannot be told, or nothing shows the way back after its error")
        if not re.search(rf"^import {name}$", race.source.text, re.MULTILINE):
            raise CannotRepair(f"`{name}` is not imported by its name")
        error = f"{name}.{_ERRORS[name]}"
        if name != "asyncpg":
            return Refused(error, ends=_commit(race))
        if not isinstance(race.source.parent(race.insert), cst.Await):
            raise CannotRepair("the statement is not awaited where it is run")
        return Refused(error, f"{_connection(race)}.transaction()", asynchronous=True)


def _commit(race: Race) -> str:
    """The commit right behind the insert: an insert begins a transaction, and one that failed keeps a lock like any other."""
    first = race.source.code(race.after[0]) if race.after else ""
    return first if re.fullmatch(r"(?:await )?[\w.]+\.commit\(\)", first) else ""


def _connection(race: Race) -> str:
    """What runs the statement, where it is a connection by what the function says of it: a pool has another one each time."""
    func = race.insert.func
    receiver = func.value if isinstance(func, cst.Attribute) else None
    if not isinstance(receiver, cst.Name):
        raise CannotRepair("the connection cannot be seen")
    name = receiver.value
    text = race.source.code(race.function)
    acquired = re.search(rf"\b(?:acquire|connection|connect)\([^\n]*\) as {name}\b|\b{name} = await asyncpg\.connect\(", text)
    typed = re.search(rf"\b{name}: [\w.\"']*Connection\b", text)
    if not acquired and not typed:
        raise CannotRepair(f"nothing shows that `{name}` is a connection, and not a pool or a cursor")
    return name
