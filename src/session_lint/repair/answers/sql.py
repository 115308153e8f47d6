"""SQL text: the error of the drivers. SQLite keeps what came before it in the transaction; PostgreSQL does with a savepoint."""

from __future__ import annotations

import re

from session_lint.facts.finding import Edit
from session_lint.repair.answer import Answer, Refused
from session_lint.repair.rewrite.file.databases import driver_of
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.writes.connections import connection_of, is_pool
from session_lint.repair.rewrite.writes.race import Race

_ON_SQLITE = frozenset({"sqlite3", "aiosqlite"})
_ERRORS = dict.fromkeys((*_ON_SQLITE, "psycopg"), "IntegrityError") | {"asyncpg": "UniqueViolationError"}  # what is proved by execution


class Sql(Answer):
    """Drivers that are called with a statement."""

    def refused(self, race: Race) -> Refused:
        connection = connection_of(race.source, race.insert)
        name = driver_of(race.sources, race.source, connection)
        if name not in _ERRORS:
            raise CannotRepair("which driver runs the statement cannot be told, or nothing shows the way back after its error")
        error, edits = f"{name}.{_ERRORS[name]}", _imported(race.source, name)
        if name in _ON_SQLITE:
            return Refused(error, ends=_commit(race), edits=edits)
        if is_pool(connection):
            return Refused(error, edits=edits)  # each statement is a transaction of its own
        return Refused(error, enter=f"{connection}.transaction()", asynchronous=name == "asyncpg", edits=edits)


def _imported(source: Source, name: str) -> tuple[Edit, ...]:
    """The import of a driver by its name. Raises CannotRepair where the file has the name for something else."""
    if re.search(rf"^import {name}$", source.text, re.MULTILINE):
        return ()
    if imports.mentions(source, name):
        raise CannotRepair(f"`{name}` is not imported by its name")
    return (imports.line(source, name, f"import {name}"),)


def _commit(race: Race) -> str:
    """The commit right behind the insert: an insert begins a transaction, and one that failed keeps a lock like any other."""
    first = race.source.code(race.after[0]) if race.after else ""
    return first if re.fullmatch(r"(?:await )?[\w.]+\.commit\(\)", first) else ""
