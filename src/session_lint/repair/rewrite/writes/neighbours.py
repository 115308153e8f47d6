"""Whether a transaction around two statements is what a reviewer would merge unread: nothing stands between them, and nothing in or
behind them does more than talk to the database."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from session_lint.repair.rewrite.file.source import Sources
from session_lint.repair.rewrite.statements.regions import Run
from session_lint.repair.rewrite.writes import harmless
from session_lint.repair.rewrite.writes.hooks import method, receiver

_WAITS = r"\bon_commit\b|\btransaction\.(?:savepoint|set_autocommit|rollback|commit)\("


def nothing_else(run: Run, sources: Sources, model: str, clear: cst.Call, insert: cst.Call) -> bool:
    """Whether the run is the two calls alone, with values that are only worked out, and no hook of the project hears of the rows."""
    name = model.rpartition(".")[2]
    if len(run.body) != 2 or not name.isidentifier() or not all(_plain(statement) for statement in run.body):
        return False
    known = [*_chain(clear), *_chain(insert)]
    if any(harmless.unknown(run.source, statement, known=known, classes=(name,)) for statement in run.body):
        return False
    return not any(sources.search(pattern) for pattern in (_WAITS, *_hooks(name)))


def _plain(statement: cst.CSTNode) -> bool:
    """One statement on a line of its own, which waits for nothing."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    return isinstance(statement.body[0], cst.Expr | cst.Assign | cst.Return)


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
