"""A part of a record that is taken where there is a record, and the variable that keeps it: `x["id"] if x else None`."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import Source
from session_lint.repair.rewrite.records import records
from session_lint.repair.rewrite.records.records import Holding
from session_lint.repair.rewrite.statements import statements


@dataclass(frozen=True, slots=True)
class KeptPart:
    """`session_id = session["id"]` right after the getter, and nothing else reads the record: the function needs no more of it.

    `part` is what is taken; `said` the annotation of the variable, "" for none.
    """

    name: str
    part: str
    said: str
    statement: cst.SimpleStatementLine


def part_of(source: Source, use: cst.Name) -> tuple[str, cst.BaseExpression]:
    """What is taken of a record where its variable is read, and the expression that says it; ("", the variable) for all of it.

    With `x["id"] if x else None` that is the whole of it: without a record there is no part of it either.
    """
    part, taken = _directly(source, use)
    above = source.parent(taken)
    if part and isinstance(above, cst.IfExp):
        return (part, above) if _where_there_is(above, taken, use.value) else ("", use)
    return part, taken


def kept(source: Source, function: cst.FunctionDef, holding: Holding) -> KeptPart | None:
    """The variable that the statement after the getter puts a part of the record in; None when the record is used otherwise too."""
    block = list(statements.block_of(source, holding.statement))
    at = block.index(holding.statement) + 1
    following = block[at] if at < len(block) else None
    if not isinstance(following, cst.SimpleStatementLine) or len(following.body) != 1:
        return None
    match following.body[0]:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=value):
            said = ""
        case cst.AnnAssign(target=cst.Name(name), annotation=annotation, value=cst.BaseExpression() as value):
            said = source.code(annotation.annotation)
        case _:
            return None
    uses = names.uses(source, function, holding.name)
    parts = {part for use in uses for part, whole in [part_of(source, use)] if part and whole is value}
    if len(parts) != 1 or not all(any(above is value for above in source.parents(use)) for use in uses):
        return None
    once = len(names.bindings(source, function, name)) == 1 and name not in {one.name.value for one in function.params.params}
    return KeptPart(name, parts.pop(), said, following) if once else None


def _directly(source: Source, use: cst.Name) -> tuple[str, cst.BaseExpression]:
    suffix = records.suffix_of(source, use, source.parent(use))
    above = source.parent(use)
    return (suffix, above) if suffix and isinstance(above, cst.BaseExpression) else ("", use)


def _where_there_is(choice: cst.IfExp, taken: cst.BaseExpression, name: str) -> bool:
    """Whether a choice takes a part of what a name holds where it holds something, and None else."""
    there = _asks(choice.test, name)
    part, other = (choice.body, choice.orelse) if there else (choice.orelse, choice.body)
    return there is not None and part is taken and isinstance(other, cst.Name) and other.value == "None"


def _asks(test: cst.BaseExpression, name: str) -> bool | None:
    """True for `x`, `x is not None`; False for `not x`, `x is None`; None for any other question."""
    match test:
        case cst.Name(known):
            return True if known == name else None
        case cst.UnaryOperation(operator=cst.Not(), expression=cst.Name(known)):
            return False if known == name else None
        case cst.Comparison(left=cst.Name(known), comparisons=[cst.ComparisonTarget(operator, cst.Name("None"))]):
            return isinstance(operator, cst.IsNot) if known == name and isinstance(operator, cst.Is | cst.IsNot) else None
    return None
