"""Django's many-to-many relations: `clear()` then `add(...)` or `set(...)` as one `set(...)`."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import Source, called_name
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.regions import Run


def as_set(source: Source, run: Run, clear: cst.Call, add: cst.Call) -> tuple[Edit, ...]:
    """The edits that make one `set` of a run, () when the two calls are not plain statements of it about one relation."""
    first, last = run.body[0], run.body[-1]
    prefix = "a" if _name(clear) == "aclear" else ""
    if len(run.body) < 2 or _expression(first) is not clear or clear.args or _name(clear) != f"{prefix}clear":
        return ()
    relation = _relation(source, clear)
    if not relation or relation != _relation(source, add) or not _alone(source, run, relation):
        return ()
    if _name(add) == f"{prefix}set":
        return (statements.remove(source, first),) if _expression(last) is add else ()
    wanted = _values(source, last, add) if _name(add) == f"{prefix}add" else None
    return () if wanted is None else _written(source, run, add, f"{relation}.{prefix}set({wanted})")


def _written(source: Source, run: Run, add: cst.Call, call: str) -> tuple[Edit, ...]:
    first, last = run.body[0], run.body[-1]
    prefix = "a" if _name(add) == "aadd" else ""
    waits = "await " if prefix else ""
    gone = statements.remove(source, first)
    span = source.span(last)
    end = statements.rows(source, last)[1]
    if isinstance(last, cst.SimpleStatementLine) and len(add.args) == 1 and add.args[0].star == "*":
        name, star = source.span(called_name(add)), source.span(add.args[0])
        return (
            gone,
            Edit(source.path, f"{prefix}set", name),
            Edit(source.path, "", Span(star.row, star.column, star.row, star.column + 1)),
        )
    tail = source.line(end)
    comment = tail[tail.index("#") :] if "#" in tail and not isinstance(last, cst.SimpleStatementLine) else ""
    new = f"{waits}{call}"
    stop = source.span(last.body[0]).end_column if isinstance(last, cst.SimpleStatementLine) else len(tail) + 1
    text = f"{new}  {comment}" if comment else new
    return (gone, Edit(source.path, text, Span(span.row, span.column, end, stop)))


def _expression(statement: cst.CSTNode) -> cst.BaseExpression | None:
    """The expression a statement consists of, `await` taken off."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    value = small.value if isinstance(small, cst.Expr) else None
    return value.expression if isinstance(value, cst.Await) else value


def _values(source: Source, statement: cst.CSTNode, add: cst.Call) -> str | None:
    """What is to be in the relation, as the argument of `set`; None when the statement does more than adding."""
    if any(arg.keyword is not None or arg.star == "**" for arg in add.args) or not add.args:
        return None  # through_defaults: `set` leaves those of rows that stay
    written = [source.code(arg) for arg in add.args]
    shown = written[0][1:].lstrip() if len(add.args) == 1 and add.args[0].star else f"[{', '.join(written)}]"
    if _expression(statement) is add:
        return shown
    if not isinstance(statement, cst.For) or statement.orelse is not None or statement.asynchronous is not None:
        return None
    body = statement.body.body
    if len(body) != 1 or _expression(body[0]) is not add or len(add.args) != 1:
        return None
    if statements.comments(source, statement):
        return None
    target, values = source.code(statement.target), source.code(statement.iter)
    if add.args[0].star:
        return None
    if source.code(add.args[0].value) == target:
        return values
    return f"[{written[0]} for {target} in {values}]"


def _relation(source: Source, call: cst.Call) -> str:
    return source.code(call.func.value) if isinstance(call.func, cst.Attribute) else ""


def _name(call: cst.Call) -> str:
    name = called_name(call)
    return name.value if isinstance(name, cst.Name) else ""


def _alone(source: Source, run: Run, relation: str) -> bool:
    """Whether nothing between the two calls has to do with the relation, or binds what it is reached by."""
    if source.code(run.body[-1]).count(relation) != 1:
        return False
    between = "\n".join(source.code(statement) for statement in run.body[1:-1])
    owner = relation.partition(".")[0]
    return relation not in between and f"{owner} =" not in between and f"{owner}," not in between
