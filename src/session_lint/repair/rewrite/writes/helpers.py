"""Whether the helpers of a clear and of an insert may be left out or changed."""

from __future__ import annotations

import re

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.chain import ChainStep
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Replacement
from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import order, statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import clears

_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
_LOGGER = re.compile(r"(?:^|[._])(?:log|logger|logging)$", re.IGNORECASE)


def only_clears(source: Source, step: ChainStep) -> bool:
    """Whether the function of a step also logs. Raises CannotRepair when it does anything else besides that step."""
    call = source.call_at(step.place.span)
    function = source.function_around(call)
    if clears.only_in_lambda(source, call):
        return False
    if function is None:
        raise CannotRepair(f"where the clear is called from cannot be seen at {step.place}")
    name = function.name.value
    gone: list[cst.BaseStatement] = list(_clearing_in_helper(source, call))
    block = function.body
    logs = False
    while True:
        more = [one for one in block.body if isinstance(one, cst.BaseStatement) and one not in gone and not _idle(one)]
        rest = [one for one in more if not _logs(one)]
        logs = logs or len(rest) < len(more)
        if not rest:
            return logs
        inner = rest[0]
        if len(rest) > 1 or not _around(inner) or not any(inner in source.parents(one) for one in gone):
            raise CannotRepair(f"`{name}` does more than the clear, at {source.path}:{source.span(inner).row}")
        assert isinstance(inner, cst.With | cst.Try)
        logs = logs or isinstance(inner, cst.Try)
        block = inner.body


def _clearing_in_helper(source: Source, call: cst.Call) -> list[Statement]:
    statement = source.statement(call)
    if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Return):
        return [statement]
    clears.plain(source, call, statement)
    name = clears.bound(statement)
    if name is None:
        return [statement]
    block = [one for one in statements.block_of(source, statement) if isinstance(one, cst.SimpleStatementLine)]
    return [statement, *(one for one in block if clears.runs_it(one, name))]


def _around(statement: cst.BaseStatement) -> bool:
    """What a clear may stand in and nothing is missed with it: a `with`, or a `try` that only says what went wrong."""
    if isinstance(statement, cst.With):
        return True
    if not isinstance(statement, cst.Try):
        return False
    behind = (*statement.handlers, statement.orelse, statement.finalbody)
    bodies = (part.body.body for part in behind if part is not None)
    return all(_idle(one) or _logs(one) or _undoes(one) for body in bodies for one in body if isinstance(one, cst.BaseStatement))


def _undoes(statement: cst.BaseStatement) -> bool:
    call = clears.called(statement)
    return call is not None and dotted_name(call.func).endswith(".rollback") and not call.args


def _idle(statement: cst.BaseStatement) -> bool:
    """A docstring, an import, the end of a transaction, or the return of something that is at hand: nothing that is missed."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString() | cst.Ellipsis())]):
            return True
        case cst.SimpleStatementLine(body=[cst.Import() | cst.ImportFrom()]) | cst.SimpleStatementLine(body=[cst.Raise(exc=None)]):
            return True
        case cst.SimpleStatementLine(body=[cst.Return(value=value)]):
            return value is None or not m.findall(value, m.Call() | m.Await() | m.NamedExpr())
    return clears.harmless(statement)


def _logs(statement: cst.BaseStatement) -> bool:
    """`logger.info("cleared %s", key)`, `print(key)`: what it says is computed by nothing that could do more."""
    call = clears.called(statement)
    if call is None or not all(_only_says(arg.value) for arg in call.args):
        return False
    owner, _, name = dotted_name(call.func).rpartition(".")
    return name == "print" if not owner else name in _LEVELS and _LOGGER.search(owner) is not None


def _only_says(value: cst.BaseExpression) -> bool:
    calls = m.findall(value, m.Call() | m.Await() | m.NamedExpr() | m.Yield())
    return all(
        isinstance(one, cst.Call) and isinstance(one.func, cst.Name) and one.func.value in ("len", "str", "repr", "int") for one in calls
    )


def only_caller(intent: Intent, material: Replacement, sources: Sources) -> None:
    """Raises CannotRepair when a helper that inserts is also called without the clear, or does not always insert."""
    for step in material.chain[1:]:
        source = sources[step.place.path]
        if clears.only_in_lambda(source, source.call_at(step.place.span)):
            continue  # it is called where it stands
        name = step.function.rsplit(".", 1)[-1]
        if not called_once(intent, step, sources):
            raise CannotRepair(f"`{name}`, which inserts, is also called without the clear, or may be")
        call = source.call_at(step.place.span)
        function = source.function_around(call)
        if function is None:
            raise CannotRepair(f"the insert is not a statement of `{name}`")
        order.unconditional(source, source.statement(call), function)


def called_once(intent: Intent, step: ChainStep, sources: Sources) -> bool:
    """Whether nothing but the chain calls the function of a step. Raises CannotRepair when that cannot be seen."""
    definition, name = intent.definition(step.function), step.function.rsplit(".", 1)[-1]
    if definition is None or definition.locked:
        raise CannotRepair(definition.locked if definition is not None else f"where `{name}` is called from cannot be seen")
    # its definition and the one call; a name that says more elsewhere may be another function's, but nothing shows that
    return sources.count(rf"^(?!\s*(?:from|import)\b).*\b{name}\b") == 2
