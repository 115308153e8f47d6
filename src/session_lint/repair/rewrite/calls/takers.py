"""What an optional parameter takes: the whole record, or a part of it, by what its function does when it is missing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import libcst as cst

from session_lint.repair.rewrite.calls.chains import Step
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair
from session_lint.repair.rewrite.records import kept_part, records
from session_lint.repair.rewrite.signatures import signatures


def taken(chain: Sequence[Step], parameter: str) -> str:
    """The part of the record that a parameter of the second function of a chain takes: `["id"]`, "" for all of it.

    The function obtains the record itself, at the end of the chain, when the parameter is missing; it may hand the parameter on.
    Raises CannotRepair where the code does not say it.
    """
    for step, callee in pairwise(chain[1:]):
        parameter = _handed_on(step, callee, parameter)
    last = chain[-1]
    if last.function is None:
        raise CannotRepair(f"it cannot be told what `{parameter}` takes")
    holding = records.held(last.source, last.call)
    full = holding.pick + holding.form
    if holding.name == parameter or _alternative(last, holding.whole, parameter):
        return full
    for use in names.uses(last.source, last.function, holding.name) if holding.local else ():
        part, node = kept_part.part_of(last.source, use)
        above = last.source.parent(node)
        if isinstance(above, cst.Assign) and _is_name(above.targets[0].target, parameter) and len(above.targets) == 1:
            return full + part
    if any(
        _is_name(statement.value, parameter) and _is_name(statement.targets[0].target, holding.name)
        for statement in _assignments(last.function.body)
    ):
        return full
    raise CannotRepair(f"it cannot be told what `{parameter}` of `{last.name}()` takes: the record, or a part of it")


def _handed_on(step: Step, callee: Step, parameter: str) -> str:
    if callee.function is not None:
        for name, value in signatures.bind(step.source, step.call, callee.function).items():
            if _is_name(value, parameter):
                return name
    raise CannotRepair(f"`{step.name}()` does not hand `{parameter}` on as it is")


def _alternative(step: Step, node: cst.BaseExpression, parameter: str) -> bool:
    """Whether a value stands in for the parameter: `session or get()`, `session if session else get()`."""
    above = step.source.parent(node)
    if isinstance(above, cst.BooleanOperation) and isinstance(above.operator, cst.Or):
        return _is_name(above.left, parameter) and above.right is node
    if isinstance(above, cst.IfExp):
        return _is_name(above.body if above.orelse is node else above.orelse, parameter)
    return False


def _assignments(node: cst.CSTNode) -> list[cst.Assign]:
    found = [node] if isinstance(node, cst.Assign) else []
    for child in node.children:
        if not isinstance(child, cst.FunctionDef | cst.ClassDef | cst.Lambda | cst.BaseExpression):
            found += _assignments(child)
    return found


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name
