"""Whether a transaction around two statements is what a reviewer would merge unread: nothing stands between them, and nothing in or
behind them does more than talk to the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from session_lint.repair.rewrite.file.source import Source, Sources
from session_lint.repair.rewrite.writes import harmless
from session_lint.repair.rewrite.writes.hooks import method, receiver

_RUNS = frozenset({"execute", "executemany", "exec"})
_WAITS = r"\bon_commit\b|\btransaction\.(?:savepoint|set_autocommit|rollback|commit)\("


def nothing_else(source: Source, body: Sequence[cst.BaseStatement], sources: Sources, model: str, calls: tuple[cst.Call, cst.Call]) -> bool:
    """Whether two statements are the two calls alone, with values that are only worked out, and no hook of the project hears of the
    rows. The insert may be all that a loop does."""
    name = model.rpartition(".")[2]
    if len(body) != 2 or not name.isidentifier() or not (_plain(body[0]) and (_plain(body[1]) or _plain_loop(body[1]))):
        return False
    known = [one for call in calls for one in (*_chain(call), *_run(source, call))]
    if any(harmless.unknown(source, statement, known=known, classes=(name,)) for statement in body):
        return False
    return not any(sources.search(pattern) for pattern in (_WAITS, *_hooks(name)))


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
