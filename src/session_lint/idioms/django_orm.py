"""Django: `update_or_create(..., defaults={...})` and `with transaction.atomic():`."""

from __future__ import annotations

import libcst as cst

from session_lint.idiom import Halves, Idiom, Opened
from session_lint.rewrite import imports
from session_lint.rewrite.source import CannotRepair, Source


class DjangoOrm(Idiom):
    """Managers, related managers and instances that are saved."""

    def transaction(self, halves: Halves) -> Opened:
        source = halves.meeting
        function = source.function_around(source.call_at(halves.material.chain[0].place.span))
        if function is not None and function.asynchronous is not None:
            raise CannotRepair("`transaction.atomic()` does not work in asynchronous code: move both statements to a synchronous function")
        using = _database(halves)
        arguments = f"using={using}" if using else ""
        atomic = imports.known(source, "django.db.transaction", "atomic")
        if atomic:
            return Opened(f"{atomic}({arguments})", nests=True)
        name, edits = imports.ensure(source, "django.db", "transaction")
        return Opened(f"{name}.atomic({arguments})", edits=edits, nests=True)


def _database(halves: Halves) -> str:
    """The database that both statements name by `.using(...)`, "" for the default one."""
    found = {_using(halves.clear_source, halves.clear), _using(halves.insert_source, halves.insert)}
    if len(found) > 1:
        raise CannotRepair("the two statements may run on different databases")
    database = found.pop()
    if database and not halves.direct and database[0] not in "\"'":
        raise CannotRepair(f"the database `{database}` is chosen in a helper function")
    return database


def _using(source: Source, call: cst.Call) -> str:
    node: cst.BaseExpression = call
    while True:
        match node:
            case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name("using")), args=[cst.Arg(value=database)]):
                return source.code(database)
            case cst.Call(func=inner) | cst.Attribute(value=inner) | cst.Subscript(value=inner):
                node = inner
            case _:
                return ""
