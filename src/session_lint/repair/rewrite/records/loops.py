"""What can be taken out of a loop."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.cst.names import bound_names, dotted_name
from session_lint.repair.rewrite.file.naming import names_in
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.records.reaching import Comprehension, Loop, Scope, loops_around, walk
from session_lint.repair.rewrite.records.results import Result
from session_lint.repair.rewrite.statements.statements import Statement

_LEAVING = cst.Continue | cst.Break | cst.Return | cst.Raise


def outermost(result: Result) -> cst.CSTNode:
    """The outermost loop or comprehension around a call that could do without it: nothing the call reads is bound in there."""
    found: cst.CSTNode | None = None
    repeating = loops_around(result.source, result.value)
    if not repeating:
        raise CannotRepair(f"the function that makes the call at {result.source.path}:{result.span.row} has no loop around it")
    for loop in repeating:
        if not invariant(loop, result.call, result.names):
            break
        found = loop
    if found is None:
        raise CannotRepair(f"what the call at {result.source.path}:{result.span.row} reads is bound in the loop")
    return found


def invariant(loop: cst.CSTNode, call: cst.CSTNode, names: frozenset[str]) -> bool:
    """Whether a loop binds none of the names, and none of the attributes, that a call reads."""
    bound, attributes = bound_names(loop)
    for node in walk(loop):
        if isinstance(node, cst.CompFor) and isinstance(loop, Comprehension):
            bound |= names_in(node.target)
    read = {node.attr.value for node in walk(call) if isinstance(node, cst.Attribute)}
    return not (names & bound) and not (read & attributes)


def anchor(source: Source, loop: cst.CSTNode) -> Statement:
    """The statement above which the call can stand. Raises CannotRepair when there is no such place."""
    statement = source.statement(loop)
    if isinstance(statement, cst.FunctionDef | cst.ClassDef) or (isinstance(statement, cst.While) and statement is not loop):
        raise CannotRepair(f"nothing can be put before the loop at {source.path}:{source.span(loop).row}")
    if not isinstance(source.parent(statement), cst.IndentedBlock | cst.Module):
        raise CannotRepair(f"the loop at {source.path}:{source.span(loop).row} stands in an `elif`")
    if not isinstance(loop, Loop) and isinstance(source.around(statement, Scope), cst.ClassDef):
        raise CannotRepair("a comprehension in a class does not see the names of the class")
    return statement


def has_turns(loop: cst.CSTNode) -> bool:
    """Whether a loop provably has at least one turn."""
    over = loop.iter if isinstance(loop, cst.For) else loop.for_in.iter if isinstance(loop, Comprehension) else None
    if isinstance(over, cst.List | cst.Tuple | cst.Set):
        return any(isinstance(one, cst.Element) for one in over.elements)
    if isinstance(over, cst.Call) and dotted_name(over.func) == "range" and len(over.args) == 1:
        number = over.args[0].value
        return isinstance(number, cst.Integer) and number.evaluated_value > 0
    return False


def always_reached(source: Source, loop: cst.CSTNode, statement: cst.CSTNode) -> bool:
    """Whether the first turn of a loop always comes to a statement of it."""
    body = getattr(loop, "body", None)
    if not isinstance(loop, Loop) or source.parent(statement) is not body or not isinstance(body, cst.IndentedBlock):
        return False
    before = body.body[: list(body.body).index(statement)]  # type: ignore[arg-type]  # the statement is one of them
    return not any(isinstance(node, _LEAVING) for one in before for node in walk(one))
