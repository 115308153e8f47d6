"""Django: `get_or_create(...)`, or a savepoint and `IntegrityError`."""

from __future__ import annotations

import re
from typing import ClassVar

import libcst as cst

from session_lint.repair.answer import Answer, Refused
from session_lint.repair.rewrite.file.source import CannotRepair, called_name
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.writes.race import Race

_USING = re.compile(r"\.using\(|\.db_manager\(|\busing=")


class DjangoOrm(Answer):
    """Managers, related managers and objects that are saved."""

    updater: ClassVar[str] = "update_or_create"

    def getter(self, insert: cst.Call) -> str:
        match called_name(insert):
            case cst.Name("create"):
                return "get_or_create"
            case cst.Name("acreate"):
                raise CannotRepair("asynchronous Django is not proved: `aget_or_create(...)` is its get-or-create")
        raise CannotRepair("the row is not made by `create(...)`")

    def of_saved(self, *, awaited: bool) -> str:
        if awaited:
            raise CannotRepair("asynchronous Django is not proved: `aget_or_create(...)` is its get-or-create")
        return "get_or_create"

    def refused(self, race: Race) -> Refused:
        if race.asynchronous:
            raise CannotRepair("`transaction.atomic()` does not work in asynchronous code")
        if _USING.search(race.source.code(race.inserting)):
            raise CannotRepair("the database is chosen at the insert")
        atomic = imports.known(race.source, "django.db.transaction", "atomic")
        if atomic:
            error, edits = imports.ensure(race.source, "django.db", "IntegrityError")
            return Refused(error, f"{atomic}()", edits=edits)
        error, name, edits = imports.ensure_both(race.source, "django.db", "IntegrityError", "transaction")
        return Refused(error, f"{name}.atomic()", edits=edits)
