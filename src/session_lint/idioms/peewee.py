"""peewee: `insert(...).on_conflict(...)` and `with db.atomic():`."""

from __future__ import annotations

import libcst as cst
import libcst.matchers as m

from session_lint.idiom import Halves, Idiom, Opened
from session_lint.rewrite.source import CannotRepair, Source

_OPENS = m.Call(func=m.Attribute(attr=m.Name("atomic")), args=[])


class Peewee(Idiom):
    """Models with a `Meta.database`."""

    def transaction(self, halves: Halves) -> Opened:
        source = halves.meeting
        model = _model(halves.insert) or _model(halves.clear)
        database = _declared(source, model) or _opened_elsewhere(source)
        if not database:
            if not halves.direct or not model:
                raise CannotRepair("the name of the database is not known in the function where the transaction is to be opened")
            database = f"{model}._meta.database"
        return Opened(f"{database}.atomic()", nests=True)


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
    for node in m.findall(source.module, _OPENS):
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Name):
            opened.add(node.func.value.value)
    return opened.pop() if len(opened) == 1 else ""
