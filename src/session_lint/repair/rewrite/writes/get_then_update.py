"""An insert as `get_or_create` and an update: an upsert of peewee that every database takes."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.rewrite.file import matching as m, naming
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import layout, statements
from session_lint.repair.rewrite.writes.create_call import quotes
from session_lint.repair.rewrite.writes.rows import keywords


def written(source: Source, call: cst.Call, model: str, keys: Sequence[str], more: Sequence[tuple[str, str]] = ()) -> Edit:
    """`model.create(...)` or `model.insert(...).execute()`, a statement, as both. `more` are columns that the update sets besides.

    Raises CannotRepair when the result is used, or a value of the key is computed and would be so twice.
    """
    statement = source.statement(call)
    value = statement.body[0].value if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Expr) else None
    if not isinstance(statement, cst.SimpleStatementLine) or value not in (call, _runner(source, call)):
        raise CannotRepair("the new object is used, or the insert is not a statement")
    if statements.comments(source, statement):
        raise CannotRepair("comments stand between the values of the new row")
    row = dict(keywords(source, call.args))
    computed = m.Call() | m.Await() | m.NamedExpr() | m.Lambda()
    if any(m.findall(row[key], computed) or "\n" in source.code(row[key]) for key in keys):
        raise CannotRepair("a value of the key is computed, which would be so twice: bind it to a name first")
    space = statements.indent(source, statement)
    values, created = (naming.free_name(source, call, name) for name in ("values", "created"))
    record = naming.free_name(source, call, "record") if m.findall(source.module, m.Call(func=m.Name("_"))) else "_"  # gettext
    quote, several = quotes(source), source.span(call).row != source.span(call).end_row
    pairs = [f"{quote}{name}{quote}: {source.code(one)}" for name, one in row.items() if name not in keys]
    pairs += [f"{quote}{name}{quote}: {text}" for name, text in more]
    arguments = [*(f"{key}={source.code(row[key])}" for key in keys), f"defaults={values}"]
    picked = [f"{model}.{key} == {source.code(row[key])}" for key in keys]
    step = layout.unit(source)
    lines = (
        _listed(source, space, f"{values} = {{", pairs, "}", several=several),
        _listed(source, space, f"{record}, {created} = {model}.get_or_create(", arguments, ")"),
        f"if not {created}:",
        step + _listed(source, space + step, f"{model}.update(**{values}).where(", picked, ").execute()"),
    )
    return source.replace(statement.body[0], f"\n{space}".join(lines))


def _listed(source: Source, space: str, head: str, items: Sequence[str], tail: str, *, several: bool = False) -> str:
    """A list in brackets, in one line where it fits."""
    one = f"{head}{', '.join(items)}{tail}"
    if not several and len(space) + len(one) <= source.limit:
        return one
    inner = space + layout.unit(source)
    return "\n".join((head, *(f"{inner}{item}," for item in items), f"{space}{tail}"))


def _runner(source: Source, call: cst.Call) -> cst.CSTNode | None:
    """`.execute()` behind a call."""
    above = source.parent(call)
    runner = source.parent(above) if isinstance(above, cst.Attribute) and above.attr.value == "execute" else None
    return runner if isinstance(runner, cst.Call) and not runner.args else call
