"""A row that is found or built, has its columns stored, and is saved: what becomes of it where it was there, and where it is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.summary import Check
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import copied, lookups, parts
from session_lint.repair.rewrite.writes.rows import keywords

SAVE = "save"


@dataclass(frozen=True, slots=True)
class Store:
    """`tag.note = note`: the column, what is stored (None where that depends on what was there), and the statement."""

    column: str
    value: cst.BaseExpression | None
    statement: Statement


@dataclass(frozen=True, slots=True)
class Filled:
    """The parts of the function in their order.

    `held`: the name of the object; `begun`: the statement with the look-up; `choice`: the one that builds the object where none was found
    (both are one where it is a `try` or an `or`); `built`: the call of the class; `made` and `found`: what is stored only in a new row,
    and only in one that was there; `between`: what stands behind the choice, up to the call that saves; `ending` is that call's
    statement, None where each of the two ways saves for itself; `rest`: what is done behind that for a new row alone.
    """

    material: Check
    sources: Sources
    source: Source
    function: cst.FunctionDef
    looked: lookups.Lookup
    held: str
    begun: Statement
    choice: Statement
    built: cst.Call
    found: tuple[Store, ...]
    made: tuple[Store, ...]
    between: tuple[Statement, ...]
    ending: Statement | None
    rest: tuple[Statement, ...] = ()

    @property
    def model(self) -> str:
        """The class, without what comes before it."""
        return self.material.resource.rpartition(".")[2]

    @property
    def last(self) -> Statement:
        """Where it ends."""
        return self.ending if self.ending is not None else self.choice

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the look-up."""
        return tuple(name for name, _ in self.looked.key)

    def row(self) -> dict[str, cst.BaseExpression]:
        """What a new row is made of before the two ways meet."""
        found = dict(keywords(self.source, self.built.args))
        for one in self.made:
            if one.value is None:
                raise CannotRepair(f"`{one.column}` of the new row is made of what is in it")
            found[one.column] = one.value
        return found

    def used(self) -> bool:
        """Whether the object is read again behind it all."""
        end = statements.rows(self.source, self.last)[1]
        loops = self.source.around(self.begun, cst.For | cst.While) is not None
        rows = [self.source.span(node).row for node in names.uses(self.source, self.function, self.held)]
        start = statements.rows(self.source, self.begun)[0]
        return any(row > end or (loops and row < start) for row in rows)


def of(material: Check, sources: Sources) -> Filled | None:
    """The parts; None for another shape. Raises CannotRepair for one of this shape with a part that is not understood."""
    source = sources[material.insert.path]
    if len(material.chain) > 1 or len(material.look_chain) > 1 or material.look.path != source.path:
        return None
    look, insert = source.call_at(material.look.span), source.call_at(material.insert.span)
    function = source.function_around(insert)
    if not isinstance(insert.func, cst.Attribute) or insert.func.attr.value != SAVE:
        return None
    if function is None or source.function_around(look) is not function:
        return None
    ways = _ways(source, look)
    inside = ways is not None and any(above is ways.choice for above in source.parents(insert))
    if ways is None or (inside and not ways.found):
        return None
    between, ending = ((), None) if inside else _behind(source, ways.choice, insert)
    built, more = _built(ways)
    if built is None or (not inside and ending is None):
        return None
    looked = lookups.of(source, look)
    if not looked.record:
        return None
    found, made = (_saved(source, ways.held, way) if inside else stores(source, ways.held, way) for way in (ways.found, more))
    return Filled(
        material,
        sources,
        source,
        function,
        looked,
        ways.held,
        ways.begun,
        ways.choice,
        built,
        found,
        made,
        tuple(between),
        ending,
    )


@dataclass(frozen=True, slots=True)
class _Ways:
    """The name of the object, the statement with the look-up, the one that chooses, and the statements of both ways."""

    held: str
    begun: Statement
    choice: Statement
    found: Sequence[Statement] = ()
    made: Sequence[Statement] = ()


def _ways(source: Source, look: cst.Call) -> _Ways | None:
    """How the function goes on from a look-up; None for another shape."""
    begun = source.around(look, cst.SimpleStatementLine)
    if not isinstance(begun, cst.SimpleStatementLine) or len(parts.assigned(begun)) != 1:
        return None
    (held,) = parts.assigned(begun)
    attempt = source.parent(source.parent(begun) or begun)
    if isinstance(attempt, cst.Try):
        return _tried(held, begun, attempt)
    value = getattr(begun.body[0], "value", None)
    if isinstance(value, cst.BooleanOperation):
        return _Ways(held, begun, begun) if isinstance(value.operator, cst.Or) and _holds(source, value.left, look) else None
    block = list(statements.block_of(source, begun))
    index = block.index(begun) + 1
    branch = block[index] if index < len(block) else None
    if not isinstance(branch, cst.If) or isinstance(branch.orelse, cst.If):
        return None
    there = _polarity(branch.test, held)
    if there is None:
        return None
    other = copied.suite(branch.orelse.body) if isinstance(branch.orelse, cst.Else) else ()
    own = copied.suite(branch.body)
    return _Ways(held, begun, branch, own, other) if there else _Ways(held, begun, branch, other, own)


def _tried(held: str, begun: Statement, attempt: cst.Try) -> _Ways | None:
    """`try: tag = Tag.objects.get(...)`, with what is done where it is there behind it or in the `else`."""
    if len(attempt.handlers) != 1 or attempt.finalbody is not None:
        return None
    handler = attempt.handlers[0]
    if handler.type is None or not dotted_name(handler.type).endswith("DoesNotExist") or handler.name is not None:
        return None
    body = copied.suite(attempt.body)
    if body[0] is not begun:
        return None
    found = (*body[1:], *(copied.suite(attempt.orelse.body) if attempt.orelse is not None else ()))
    return _Ways(held, attempt, attempt, found, copied.suite(handler.body))


def _polarity(test: cst.BaseExpression, held: str) -> bool | None:
    """Whether a test holds where the object was found; None for a test of anything else."""
    match test:
        case cst.Name(value=name):
            return True if name == held else None
        case cst.UnaryOperation(operator=cst.Not(), expression=cst.Name(value=name)):
            return False if name == held else None
        case cst.Comparison(left=cst.Name(value=name), comparisons=[cst.ComparisonTarget(operator=how, comparator=cst.Name("None"))]):
            if name == held and isinstance(how, cst.Is | cst.Equal):
                return False
            return True if name == held and isinstance(how, cst.IsNot | cst.NotEqual) else None
    return None


def _holds(source: Source, node: cst.CSTNode, look: cst.Call) -> bool:
    return node is look or any(above is node for above in source.parents(look))


def _behind(source: Source, choice: Statement, insert: cst.Call) -> tuple[Sequence[Statement], Statement | None]:
    """What stands between the choice and the call that saves, in one block, and that call's statement."""
    ending = source.statement(insert)
    block = list(statements.block_of(source, choice))
    if ending not in block or block.index(ending) < block.index(choice):
        return (), None
    between = block[block.index(choice) + 1 : block.index(ending)]
    return [one for one in between if isinstance(one, Statement)], ending


def _built(ways: _Ways) -> tuple[cst.Call | None, Sequence[Statement]]:
    """The call of the class, and what follows it."""
    begun = ways.choice if isinstance(ways.choice, cst.SimpleStatementLine) else (ways.made[0] if ways.made else None)
    match begun:
        case cst.SimpleStatementLine(body=[cst.Assign(value=cst.BooleanOperation(right=cst.Call() as call))]):
            return call, ()
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=cst.Call() as call)]):
            return (call, ways.made[1:]) if name == ways.held else (None, ())
    return None, ()


def saving(held: str, statement: cst.CSTNode) -> cst.Call | None:
    """The call of a statement that saves the object and does nothing else."""
    match statement:
        case (
            cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call(func=cst.Attribute(value=cst.Name(name), attr=cst.Name(verb))) as call)])
            | cst.SimpleStatementLine(
                body=[cst.Expr(value=cst.Await(expression=cst.Call(func=cst.Attribute(value=cst.Name(name), attr=cst.Name(verb))) as call))]
            )
        ) if name == held and verb == SAVE:
            return call
    return None


def _saved(source: Source, held: str, way: Sequence[Statement]) -> tuple[Store, ...]:
    """What is stored in one of two ways that save for themselves."""
    if not way or saving(held, way[-1]) is None:
        raise CannotRepair("the row is saved in one of the two ways only, or in another way")
    return stores(source, held, way[:-1])


def stores(source: Source, held: str, body: Sequence[Statement]) -> tuple[Store, ...]:
    """Statements that each store one column of the object. Raises CannotRepair for any other."""
    found = [(one, store(held, one)) for one in body]
    other = next((one for one, stored in found if stored is None), None)
    if other is not None:
        raise CannotRepair(f"other statements stand between the look-up and the insert, at {source.path}:{source.span(other).row}")
    return tuple(stored for _, stored in found if stored is not None)


def store(held: str, statement: Statement) -> Store | None:
    """A statement that stores one column of the object, and does nothing else."""
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Attribute(value=cst.Name(name), attr=cst.Name(column)))], value=value)]
        ) if name == held:
            return Store(column, None if held in names.free(value) else value, statement)
        case cst.SimpleStatementLine(body=[cst.AugAssign(target=cst.Attribute(value=cst.Name(name), attr=cst.Name(column)))]) if (
            name == held
        ):
            return Store(column, None, statement)
    return None
