"""peewee: `insert(...).on_conflict(...)`, or `get_or_create` and an update, and `with db.atomic():`."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.idiom import Halves, Idiom, Opened, Written
from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name
from session_lint.repair.rewrite.statements import layout
from session_lint.repair.rewrite.writes import create_call, field_defaults, get_then_update
from session_lint.repair.rewrite.writes.rows import keywords

_MYSQL = "MySQL"
_PORTABLE = "`get_or_create` and an update, for the project works with MySQL and another database, whose upserts differ"
_KINDS = ("Postgresql", "PostgresqlExt", "Sqlite", "SqliteExt", _MYSQL, "Cockroach")


class Peewee(Idiom):
    """Models with a `Meta.database`."""

    def upsert(self, halves: Halves) -> Written:
        source, call = halves.insert_source, halves.insert
        _refuse_awaited(halves)
        model = _model(call)
        columns = tuple(name for name, _ in keywords(source, call.args))
        if source.code(called_name(call)) not in ("create", "insert") or source.code(call.func).count(".") != 1 or not model:
            raise CannotRepair("the new row is not written by `create(...)` or `insert(...)` of a class")
        keys = create_call.keys_of(halves.columns, columns) or halves.require(columns)
        others = [name for name in columns if name not in keys]
        if not others:
            raise CannotRepair("the new row sets nothing but the key: the delete is there to bring back the defaults of the other columns")
        more = [one for one in field_defaults.of(halves.sources, source, model) if one[0] not in columns]
        reset = (*columns, *(name for name, _ in more))
        known = _databases(halves)
        if not known:
            raise CannotRepair("which database peewee works with cannot be told, and their upserts differ")
        if _MYSQL in known and len(known) > 1:
            return Written((get_then_update.written(source, call, model, keys, more),), reset, note=_PORTABLE)
        target = ", ".join(f"{model}.{name}" for name in keys)
        kept = [f"{model}.{name}" for name in (*others, *(name for name, _ in more))]
        options = ([] if _MYSQL in known else [f"conflict_target=[{target}]"], kept)
        return Written(_upserted(source, call, *options), reset, note="`save()` of the class, and its signals, no longer run")

    def transaction(self, halves: Halves) -> Opened:
        source = halves.meeting
        _refuse_awaited(halves)
        model = _model(halves.insert) or _model(halves.clear)
        database = _declared(source, model) or _opened_elsewhere(source)
        if not database:
            if not halves.direct or not model:
                raise CannotRepair("the name of the database is not known in the function where the transaction is to be opened")
            database = f"{model}._meta.database"
        return Opened(f"{database}.atomic()", nests=True)


def _refuse_awaited(halves: Halves) -> None:
    statement = halves.insert_source.around(halves.insert, cst.BaseSmallStatement)
    if statement is not None and m.findall(statement, m.Await()):
        raise CannotRepair("asynchronous peewee is another library, with transactions and upserts of its own")


def _databases(halves: Halves) -> frozenset[str]:
    """The kinds of databases that peewee opens: in the files of the two calls, else in the project."""
    files = (halves.insert_source, halves.meeting, halves.clear_source)
    for source in files:
        if found := frozenset(name for name in _KINDS if f"{name}Database(" in source.text):
            return found
    return frozenset(name for name in _KINDS if halves.sources.search(rf"\b\w*{name}Database\b"))


def _upserted(source: Source, call: cst.Call, target: list[str], kept: list[str]) -> tuple[Edit, ...]:
    """`create(...)` as `insert(...)` with the clause and `.execute()` behind it, in as many lines as it takes."""
    above = source.parent(call)
    running = source.code(called_name(call)) == "insert"
    if running:
        runner = source.parent(above) if isinstance(above, cst.Attribute) and above.attr.value == "execute" else None
        if not isinstance(runner, cst.Call):
            raise CannotRepair("the insert goes on in a way that an upsert does not have")
    elif not isinstance(above, cst.Expr):
        raise CannotRepair("the new object is used, which an upsert of peewee does not give back")
    end = source.span(call)
    name = () if running else (source.replace(called_name(call), "insert"),)
    execute = "" if running else ".execute()"
    together = f"preserve=[{', '.join(kept)}]"
    clause = f".on_conflict({', '.join([*target, together])}){execute}"
    line = source.line(end.end_row)
    if len(line) + len(clause) <= source.limit and source.span(call).row == end.end_row:
        return (*name, source.insert(end.end_row, end.end_column, clause))
    space = line[: len(line) - len(line.lstrip())].lstrip("\f")
    step = layout.unit(source)
    if len(space + step) + len(together) < source.limit:
        lines = [*(f"{space}{step}{one}," for one in target), f"{space}{step}{together},"]
    else:
        items = (f"{space}{step * 2}{one}," for one in kept)
        lines = [*(f"{space}{step}{one}," for one in target), f"{space}{step}preserve=[", *items, f"{space}{step}],"]
    return (*name, source.insert(end.end_row, end.end_column, ".on_conflict(\n" + "\n".join(lines) + f"\n{space}){execute}"))


def _model(call: cst.Call) -> str:
    """`Role` of `Role.delete().where(...).execute()` and of `Role.create(...)`, "" when it is no class by its name."""
    node: cst.BaseExpression = call
    while isinstance(node, cst.Call | cst.Attribute):
        node = node.func if isinstance(node, cst.Call) else node.value
    return node.value if isinstance(node, cst.Name) and node.value[:1].isupper() else ""


def _declared(source: Source, model: str) -> str:
    """What `Meta.database` of a class of this file, or of a base of it, is."""
    classes = {one.name.value: one for one in source.module.body if isinstance(one, cst.ClassDef)}
    seen: set[str] = set()
    waiting = [model]
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in classes:
            continue
        seen.add(name)
        for found in m.findall(classes[name].body, m.AssignTarget(target=m.Name("database"))):
            assigned = source.parent(found)
            if isinstance(assigned, cst.Assign) and isinstance(assigned.value, cst.Name | cst.Attribute):
                return source.code(assigned.value)
        waiting += [base.value.value for base in classes[name].bases if isinstance(base.value, cst.Name)]
    return ""


def _opened_elsewhere(source: Source) -> str:
    """The one database, a name of the module, that this file opens transactions of."""
    opened: set[str] = set()
    for node in m.findall(source.module, m.Call(func=m.Attribute(attr=m.Name("atomic")), args=[])):
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Name):
            opened.add(node.func.value.value)
    return opened.pop() if len(opened) == 1 else ""
