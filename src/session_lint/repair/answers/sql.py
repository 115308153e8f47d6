"""SQL text: the error of SQLite's drivers, after which what came before in the transaction stays as it was."""

from __future__ import annotations

import re

from session_lint.repair.answer import Answer, Refused
from session_lint.repair.rewrite.file.databases import driver
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.writes.race import Race

_PROVED = frozenset({"sqlite3", "aiosqlite"})  # by execution; others end the transaction with an error, or are not proved to go on


class Sql(Answer):
    """Drivers that are called with a statement."""

    def refused(self, race: Race) -> Refused:
        name = driver(race.source)
        if name not in _PROVED:
            raise CannotRepair("which driver runs the statement cannot be told, or nothing shows the way back after its error")
        if not re.search(rf"^import {name}$", race.source.text, re.MULTILINE):
            raise CannotRepair(f"`{name}` is not imported by its name")
        return Refused(f"{name}.IntegrityError", ends=_commit(race))


def _commit(race: Race) -> str:
    """The commit right behind the insert: an insert begins a transaction, and one that failed keeps a lock like any other."""
    first = race.source.code(race.after[0]) if race.after else ""
    return first if re.fullmatch(r"(?:await )?[\w.]+\.commit\(\)", first) else ""
