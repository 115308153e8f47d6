"""Django: `update_or_create(..., defaults={...})` and `with transaction.atomic():`."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.statements import imports
from session_lint.repair.rewrite.writes import create_call
from session_lint.repair.rewrite.writes.rows import keywords


class DjangoOrm(Idiom):
    """Managers, related managers and instances that are saved."""

    def upsert(self, halves: Halves) -> Written:
        source, call = halves.insert_source, halves.insert
        name = source.code(called_name(call))
        verb = "aupdate_or_create" if name.startswith("a") else "update_or_create"
        cleared = _manager(halves.clear_source, halves.clear)
        edits: tuple[Edit, ...]
        if name in ("save", "asave"):
            made, edits = create_call.saved(source, call, cleared, verb)
            if cleared.rpartition(".")[0] != source.code(made.func):
                raise CannotRepair("the rows are not cleared through the class of the new object")
        elif name in ("create", "acreate"):
            made = call
            edits = (source.replace(called_name(call), verb), *create_call.result(source, call, _model(_manager(source, call))))
        else:
            raise CannotRepair(f"`{name}(...)` has no counterpart that updates")
        columns = [name for name, _ in keywords(source, made.args)]
        keys = _keys(halves, cleared, columns)
        if set(columns) == set(keys):
            raise CannotRepair("the new row sets nothing but the key: the delete is there to bring back the defaults of the other columns")
        return Written((*edits, create_call.arguments(source, made, keys)), tuple(columns))

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


def _keys(halves: Halves, cleared: str, columns: list[str]) -> tuple[str, ...]:
    """The columns that pick the row. Those of a related manager are in the manager itself."""
    if _model(cleared) or cleared != _manager(halves.insert_source, halves.insert):
        keys = create_call.keys_of(halves.columns, columns)
        return keys or halves.require(columns)
    wanted = _filtered(halves.clear)
    keys = create_call.keys_of(wanted, columns)
    if len(keys) != len(wanted):
        raise CannotRepair("the new row does not set all columns of the clear's filter")
    return keys


def _manager(source: Source, call: cst.Call) -> str:
    """What the methods are called on: `Otp.objects` of `Otp.objects.filter(user=user).delete()`."""
    node: cst.BaseExpression = call
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        node = node.func.value
    return source.code(node)


def _model(manager: str) -> str:
    """The class of a manager, "" for a related manager."""
    owner, _, name = manager.rpartition(".")
    return owner if owner.rpartition(".")[2][:1].isupper() and name.endswith(("objects", "_manager")) else ""


def _filtered(call: cst.Call) -> tuple[str, ...]:
    """The keywords of the filters that a clear goes through."""
    found: list[str] = []
    node: cst.BaseExpression = call
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        if any(arg.keyword is None for arg in node.args):
            raise CannotRepair("the filter of the clear is not a plain comparison of columns")
        found += [arg.keyword.value for arg in node.args if arg.keyword is not None]
        node = node.func.value
    return tuple(found)


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
