"""Whether a transaction around two statements is what a reviewer would merge unread: nothing stands between them, and nothing in or
behind them does more than talk to the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from session_lint.repair.rewrite.file.fluent import fluent
from session_lint.repair.rewrite.file.source import Source, Sources
from session_lint.repair.rewrite.writes import harmless
from session_lint.repair.rewrite.writes.hooks import method, receiver

_CONDITIONS = frozenset({"in_", "not_in", "notin_", "is_", "is_not", "between", "like", "ilike", "startswith", "endswith", "contains"})
_STEPS = frozenset({"query", "filter", "filter_by", "where", "exclude", "all", "select", "select_from", "join", "order_by", "using"})
_RUNS = frozenset({"execute", "executemany", "exec"})
_WAITS = r"\bon_commit\b|\btransaction\.(?:savepoint|set_autocommit|rollback|commit)\("
_HEARD = r"[\"'](?:before|after)_(?:commit|flush|flush_postexec|insert|delete|bulk_delete|rollback)[\"']"  # listeners of SQLAlchemy


def nothing_else(source: Source, body: Sequence[cst.BaseStatement], sources: Sources, model: str, calls: tuple[cst.Call, cst.Call]) -> bool:
    """Whether two statements are the two calls alone, with values that are only worked out, and no hook of the project hears of the
    rows. The insert may be all that a loop does."""
    name = model.rpartition(".")[2]
    if len(body) != 2 or not name.isidentifier() or not (_plain(body[0]) and (_plain(body[1]) or _plain_loop(body[1]))):
        return False
    known = [one for call in calls for one in (*_chain(fluent(source, call)), *_run(source, call)) if not _of_the_project(source, one)]
    known += [one for statement in body for one in harmless.calls(statement) if _compares(one, name)]
    if any(harmless.unknown(source, statement, known=known, classes=(name,)) for statement in body):
        return False
    return not any(sources.search(pattern) for pattern in (_WAITS, _HEARD, *_hooks(name)))


def _plain(statement: cst.CSTNode) -> bool:
    """One statement on a line of its own, which waits for nothing."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    return isinstance(statement.body[0], cst.Expr | cst.Assign | cst.Return)


def _plain_loop(statement: cst.CSTNode) -> bool:
    """One statement for each of several values."""
    if not isinstance(statement, cst.For) or statement.orelse is not None or statement.asynchronous is not None:
        return False
    body = statement.body.body
    return len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) and isinstance(body[0].body[0], cst.Expr) and _plain(body[0])


def _run(source: Source, call: cst.Call) -> Iterator[cst.Call]:
    """What runs a statement: `db.execute(delete(...))`, of which the inner call is the clear."""
    for above in source.parents(call):
        if isinstance(above, cst.Call) and isinstance(above.func, cst.Attribute) and above.func.attr.value in _RUNS:
            yield above


def _of_the_project(source: Source, call: cst.Call) -> bool:
    """Whether a call may enter a function of the project that does more than to build a query: `items_of(log)`, `self.entries()`."""
    match call.func:
        case cst.Name(value=name):
            return not harmless.of_a_client(source, name) and not _builds(source, source.module, name)
        case cst.Attribute(value=cst.Name("self" | "cls"), attr=cst.Name(name)):
            around = source.around(call, cst.ClassDef)
            return not isinstance(around, cst.ClassDef) or not _builds(source, around, name)
    return False


def _builds(source: Source, where: cst.Module | cst.ClassDef, name: str) -> bool:
    """Whether a function of a module or class does nothing but give back a query."""
    body = where.body if isinstance(where, cst.Module) else where.body.body
    found = [one for one in body if isinstance(one, cst.FunctionDef) and one.name.value == name]
    match [(one.decorators, [line for line in one.body.body if not _is_text(line)]) for one in found]:
        case [((), [cst.SimpleStatementLine(body=[cst.Return(value=cst.BaseExpression() as value)])])]:
            return all(_asks(source, call) for call in harmless.calls(value))
    return False


def _is_text(line: cst.CSTNode) -> bool:
    match line:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]):
            return True
    return False


def _asks(source: Source, call: cst.Call) -> bool:
    """A step of a query."""
    match call.func:
        case cst.Name(value=name):
            return harmless.of_a_client(source, name)
        case cst.Attribute(attr=cst.Name(verb)):
            return verb in _STEPS | _CONDITIONS
    return False


def _compares(call: cst.Call, model: str) -> bool:
    """`Seat.sect_id.in_(...)`: a condition on a column of the model."""
    match call.func:
        case cst.Attribute(value=cst.Attribute(value=cst.Name(owner)), attr=cst.Name(verb)):
            return owner == model and verb in _CONDITIONS
    return False


def _chain(call: cst.BaseExpression) -> Iterator[cst.Call]:
    """The calls that a fluent call is made of: `Tag.objects.filter(...)` and `.delete()`."""
    while isinstance(call, cst.Call | cst.Attribute):
        if isinstance(call, cst.Call):
            yield call
            call = call.func
        else:
            call = call.value


def _hooks(name: str) -> tuple[str, ...]:
    """What the project may do when such a row is saved or deleted: a receiver of all models counts as one of this."""
    return (
        receiver("(?:pre|post)_(?:save|delete)", name),
        r"@receiver\((?![^)\n]*sender)[^)\n]*\b(?:pre|post)_(?:save|delete)\b",
        r"\b(?:pre|post)_(?:save|delete)\.connect\((?![^)\n]*sender)",
        method("(?:save|delete)", name),
    )
