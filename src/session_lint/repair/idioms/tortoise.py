"""Tortoise: `update_or_create(defaults={...}, ...)` and `async with in_transaction():`."""

from __future__ import annotations

from session_lint.facts.finding import Edit
from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.file.source import CannotRepair, called_name
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.writes import create_call
from session_lint.repair.rewrite.writes.rows import keywords

_OPTIONS = frozenset({"using_db"})


class Tortoise(Idiom):
    """Models and relations; every statement is awaited."""

    def upsert(self, halves: Halves) -> Written:
        source, call = halves.insert_source, halves.insert
        name = source.code(called_name(call))
        edits: tuple[Edit, ...]
        if name == "create":
            made = call
            model = source.code(call.func).rpartition(".")[0]
            edits = (source.replace(called_name(call), "update_or_create"), *create_call.result(source, call, model))
        elif name == "save":
            cleared = halves.clear_source.code(halves.clear.func).partition(".")[0]
            made, edits = create_call.saved(source, call, cleared, "update_or_create")
            if cleared != source.code(made.func):
                raise CannotRepair("the rows are not cleared through the class of the new object")
        else:
            raise CannotRepair(f"`{name}(...)` has no counterpart that updates")
        columns = [column for column, _ in keywords(source, made.args) if column not in _OPTIONS]
        keys = create_call.keys_of(halves.columns, columns) or halves.require(columns)
        if set(columns) == set(keys):
            raise CannotRepair("the new row sets nothing but the key: the delete is there to bring back the defaults of the other columns")
        return Written((*edits, create_call.arguments(source, made, keys, outside=_OPTIONS)), tuple(columns))

    def transaction(self, halves: Halves) -> Opened:
        name, edits = imports.ensure(halves.meeting, "tortoise.transactions", "in_transaction")
        return Opened(f"{name}()", asynchronous=True, edits=edits)
