"""How the statement of a clear reads: what evaluates it, what runs it, what only ends it."""

from __future__ import annotations

import libcst as cst

from session_lint.repair.rewrite.file import matching as m
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements.statements import Statement

_RUNS = frozenset({"execute", "exec", "run", "scalars"})
_HARMLESS = frozenset({"commit", "flush", "close", "cursor"})


def plain(source: Source, call: cst.Call, statement: Statement) -> None:
    """Raises CannotRepair unless a call, the fluent chain after it included, is all that its statement evaluates."""
    if not isinstance(statement, cst.SimpleStatementLine):
        raise CannotRepair(f"the clear is part of a condition or of the head of a block at {source.path}:{source.span(call).row}")
    small = statement.body[0]
    value = small.value if isinstance(small, cst.Expr | cst.Assign | cst.AnnAssign) else None
    while isinstance(value, cst.Await):
        value = value.expression
    node: cst.CSTNode | None = value
    seen = False
    while isinstance(node, cst.Call | cst.Attribute | cst.Await):  # down the chain to the called name
        seen = seen or node is call
        node = node.expression if isinstance(node, cst.Await) else node.func if isinstance(node, cst.Call) else node.value
    if not seen and not (isinstance(value, cst.Call) and _runs_argument(value, source, call)):
        raise CannotRepair("the result of the clear is used")


def only_in_lambda(source: Source, call: cst.Call) -> bool:
    """Whether a call, the fluent chain after it included, is all that a lambda does: `to_thread(lambda: t.delete().execute())`."""
    around = source.around(call, cst.FunctionDef | cst.Lambda)
    node: cst.CSTNode | None = around.body if isinstance(around, cst.Lambda) else None
    while isinstance(node, cst.Call | cst.Attribute):
        if node is call:
            return True
        node = node.func if isinstance(node, cst.Call) else node.value
    return False


def _runs_argument(runner: cst.Call, source: Source, call: cst.Call) -> bool:
    """`db.execute(delete(T).where(...))`: the clear is what a runner is given."""
    name = runner.func.attr.value if isinstance(runner.func, cst.Attribute) else ""
    return name in _RUNS and bool(runner.args) and any(above is runner.args[0] for above in source.parents(call))


def bound(statement: Statement) -> str | None:
    """The name that a statement binds, None for none. Raises CannotRepair for any other target."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    match small:
        case cst.Expr():
            return None
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]) | cst.AnnAssign(target=cst.Name(name)):
            return str(name)
    raise CannotRepair("the result of the clear is used")


def runs_it(statement: Statement, name: str) -> bool:
    """`db.execute(stmt)`, `stmt.execute()`."""
    call = called(statement)
    if call is None or not isinstance(call.func, cst.Attribute) or call.func.attr.value not in _RUNS:
        return False
    match call:
        case cst.Call(func=cst.Attribute(value=cst.Name(known)), args=[]):
            return known == name
        case cst.Call(args=[cst.Arg(value=cst.Name(known)), *rest]):
            return known == name and not any(mentions(arg, name) for arg in rest)
    return False


def called(statement: cst.CSTNode) -> cst.Call | None:
    """The call that is all of a statement, awaited or not."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)]):
            return call
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Await(expression=cst.Call() as call))]):
            return call
    return None


def harmless(statement: cst.CSTNode) -> bool:
    """Ends, flushes or opens what a clear ran in; does nothing without it."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Pass()]):
            return True
        case cst.SimpleStatementLine(body=[cst.Assign(value=cst.Call() as call)]):
            return isinstance(call.func, cst.Attribute) and call.func.attr.value == "cursor" and not call.args
    ended = called(statement)
    return ended is not None and isinstance(ended.func, cst.Attribute) and ended.func.attr.value in _HARMLESS and not ended.args


def mentions(node: cst.CSTNode, name: str) -> int:
    return len(m.findall(node, m.Name(name)))
