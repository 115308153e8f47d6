"""peewee: `get_or_create(...)`, or a savepoint and `IntegrityError`."""

from __future__ import annotations

import libcst as cst

from session_lint.repair.answer import Answer, Refused
from session_lint.repair.rewrite.file.source import CannotRepair, called_name
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.writes.harmless import root
from session_lint.repair.rewrite.writes.race import Race


class Peewee(Answer):
    """Models with a `Meta.database`."""

    def getter(self, insert: cst.Call) -> str:
        match called_name(insert):
            case cst.Name("create"):
                return "get_or_create"
        raise CannotRepair("the row is not made by `create(...)`")

    def of_saved(self, *, awaited: bool) -> str:
        if awaited:
            raise CannotRepair("asynchronous peewee is another library")
        return "get_or_create"

    def refused(self, race: Race) -> Refused:
        model = root(race.insert)
        if race.asynchronous:
            raise CannotRepair("asynchronous peewee is another library")
        if not isinstance(model, cst.Name) or model.value != race.model:
            raise CannotRepair("the name of the database is not known where the row is inserted")
        error, edits = imports.ensure(race.source, "peewee", "IntegrityError")
        return Refused(error, f"{model.value}._meta.database.atomic()", edits=edits)
