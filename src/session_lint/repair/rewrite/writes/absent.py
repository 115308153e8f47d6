"""A row that is built and saved under the test that there is none: `if not Tag.objects.filter(name=name).exists():`."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.facts.summary import Check
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.fluent import fluent
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import copied, filled, lookups
from session_lint.repair.rewrite.writes.filled import Filled, Store

_EXISTS = frozenset({"exists", "first", "get_or_none"})


def of(material: Check, sources: Sources) -> Filled | None:
    """The parts; None for another shape. Raises CannotRepair for one of this shape with a part that is not understood."""
    source = sources[material.insert.path]
    if len(material.chain) > 1 or len(material.look_chain) > 1 or material.look.path != source.path:
        return None
    look, insert = source.call_at(material.look.span), source.call_at(material.insert.span)
    saving, function = source.statement(insert), source.function_around(insert)
    block = source.parent(saving)
    branch = source.parent(block) if isinstance(block, cst.IndentedBlock) else None
    if function is None or not isinstance(branch, cst.If) or branch.body is not block or branch.orelse is not None:
        return None
    if not _misses(source, branch.test, fluent(source, look)) or isinstance(source.parent(branch), cst.If):
        return None
    found = _built(source, copied.suite(branch.body), insert)
    if found is None:
        return None
    held, built, made, rest = found
    looked = lookups.of(source, look)
    row = Filled(material, sources, source, function, looked, held, branch, branch, built, (), made, (), None, rest)
    _require_alone(row)
    return row


def _misses(source: Source, test: cst.BaseExpression, top: cst.Call) -> bool:
    """Whether a test holds where a look-up, made in it, finds nothing."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return _asked(source, inner, top) and _verb(top) in _EXISTS
        case cst.Comparison(left=inner, comparisons=[cst.ComparisonTarget(operator=how, comparator=cst.Integer(number))]):
            none = (isinstance(how, cst.Equal) and number == "0") or (isinstance(how, cst.LessThan) and number == "1")
            return _asked(source, inner, top) and none and _verb(top) == "count"
        case cst.Comparison(left=inner, comparisons=[cst.ComparisonTarget(operator=cst.Is(), comparator=cst.Name("None"))]):
            return _asked(source, inner, top) and _verb(top) in _EXISTS - {"exists"}
    return False


def _asked(source: Source, node: cst.CSTNode, top: cst.Call) -> bool:
    return node is top or (isinstance(node, cst.Await) and source.parent(top) is node)


def _verb(top: cst.Call) -> str:
    return top.func.attr.value if isinstance(top.func, cst.Attribute) else ""


def _built(
    source: Source, body: Sequence[Statement], insert: cst.Call
) -> tuple[str, cst.Call, tuple[Store, ...], tuple[Statement, ...]] | None:
    """The name of the object ("" for none), the call of its class, what is stored in it, and what follows the call that saves."""
    match body[0]:
        case cst.SimpleStatementLine(body=[cst.Expr(value=value)]):  # `Tag(name=name).save()`
            saved = value.expression if isinstance(value, cst.Await) else value
            if saved is insert and isinstance(insert.func, cst.Attribute) and insert.func.attr.value == filled.SAVE:
                made = insert.func.value
                return ("", made, (), tuple(body[1:])) if isinstance(made, cst.Call) and not insert.args else None
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(held))], value=cst.Call() as made)]):
            end = next((number for number, one in enumerate(body) if filled.saving(held, one) is insert), None)
            if end is not None:
                return held, made, filled.stores(source, held, body[1:end]), tuple(body[end + 1 :])
    return None


def _require_alone(row: Filled) -> None:
    """Raises CannotRepair where the object is used where it may be another one, is saved once more, or comments would come twice."""
    if row.held and (row.used() or len(names.bindings(row.source, row.function, row.held)) > 1):
        raise CannotRepair(f"`{row.held}` is used where the new row is not bound to it")
    if row.rest:
        first, last = statements.rows(row.source, row.rest[0])[0], statements.rows(row.source, row.rest[-1])[1]
        if any("#" in row.source.line(number) for number in range(first, last + 1)):
            raise CannotRepair(f"a comment at {row.source.path}:{first} would be lost")
