"""An optional parameter that its function fills when it is missing: after that it holds the record on every way."""

from __future__ import annotations

import libcst as cst

from session_lint.repair.rewrite.calls import takers
from session_lint.repair.rewrite.calls.chains import Step
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source


def refilled(first: Step, top: cst.CSTNode) -> tuple[tuple[str, str], ...]:
    """(the part of the record, the parameter), for each that `if not session_id:` fills: `top` is that statement.

    Empty where there is none, or where the parameter may mean something else by then.
    """
    if first.function is None or not isinstance(top, cst.If) or top.orelse is not None:
        return ()
    name = _absent(top.test)
    inside = names.bindings(first.source, first.function, name) if name in _parameters(first.function) else ()
    if not inside or any(top not in first.source.parents(one) for one in inside) or _in_loop(first.source, top):
        return ()
    try:
        return ((takers.taken((first, first), name), name),)
    except CannotRepair:
        return ()


def _absent(test: cst.BaseExpression) -> str:
    """The name that a test finds missing: `not session_id`, `session_id is None`; "" for any other test."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        test = test.expression
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1 and isinstance(test.comparisons[0].operator, cst.Is):
        other = test.comparisons[0].comparator
        test = test.left if isinstance(other, cst.Name) and other.value == "None" else other
    else:
        return ""
    return test.value if isinstance(test, cst.Name) else ""


def _parameters(function: cst.FunctionDef) -> set[str]:
    every = (*function.params.posonly_params, *function.params.params, *function.params.kwonly_params)
    return {one.name.value for one in every}


def _in_loop(source: Source, node: cst.CSTNode) -> bool:
    return any(isinstance(above, cst.For | cst.While) for above in source.parents(node))
