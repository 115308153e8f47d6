"""A look-up and the insert of what it did not find, as they stand in one function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import libcst as cst

from session_lint.facts.summary import Check
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import helped
from session_lint.repair.rewrite.writes.harmless import calls, root, unknown
from session_lint.repair.rewrite.writes.parts import assigned, bound, leaves, walrus

_SORTED = frozenset({"order_by", "order", "sort", "earliest", "latest", "order_by_raw"})


class Shape(Enum):
    """Where the insert stands: under the `if`, in its `else`, or behind an `if` that leaves where a row was found."""

    MISSING = "missing"
    FOUND = "found"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Race:
    """The parts of the function in their order.

    `looking`: the statements that look the row up; none where `test` does so itself. `before`: those between the test and the
    insert; `after`: those behind it, in its block.
    """

    material: Check
    sources: Sources
    source: Source
    function: cst.FunctionDef
    look: cst.Call
    insert: cst.Call
    looking: tuple[Statement, ...]
    test: cst.If
    shape: Shape
    before: tuple[Statement, ...]
    inserting: Statement
    after: tuple[Statement, ...]

    @property
    def following(self) -> tuple[Statement, ...]:
        """What comes behind the `if` in its block, where the insert is inside it."""
        if self.shape is Shape.GUARD:
            return ()
        block = statements.block_of(self.source, self.test)
        return tuple(_only(block[block.index(self.test) + 1 :]))

    @property
    def found(self) -> cst.BaseSuite | None:
        """What is done where a row was found; None for nothing."""
        if self.shape is not Shape.MISSING:
            return self.test.body
        return self.test.orelse.body if isinstance(self.test.orelse, cst.Else) else None

    @property
    def answers(self) -> frozenset[str]:
        """The names that hold what the look-up gave."""
        return frozenset(name for one in self.looking for name in assigned(one)) | walrus(self.test.test)

    @property
    def model(self) -> str:
        """The class or table, without what comes before it."""
        return self.material.resource.rpartition(".")[2]

    @property
    def asynchronous(self) -> bool:
        """Whether it is in an `async def`."""
        return self.function.asynchronous is not None


def of(material: Check, sources: Sources) -> Race:
    """The parts. Raises CannotRepair for what is not understood."""
    source = sources[material.insert.path]
    if len(material.chain) > 1:
        raise CannotRepair(f"the row is inserted in a helper, `{_short(material.chain[-1].function)}`")
    helped.require_plain(material, sources)
    looked = material.look_chain[0].place
    if looked.path != source.path:
        raise CannotRepair("the look-up and the insert are not in the body of one function")
    insert, look = source.call_at(material.insert.span), source.call_at(looked.span)
    function = source.function_around(insert)
    if function is None or source.function_around(look) is not function:
        raise CannotRepair("the look-up and the insert are not in the body of one function")
    inserting = source.statement(insert)
    if not isinstance(inserting, cst.SimpleStatementLine):
        raise CannotRepair("the insert is in the head of another statement")
    test, shape = _test(source, look, inserting)
    looking = _looking(source, look, test)
    block = statements.block_of(source, inserting)
    index = block.index(inserting)
    start = block.index(test) + 1 if shape is Shape.GUARD else 0
    race = Race(
        material,
        sources,
        source,
        function,
        look,
        insert,
        looking,
        test,
        shape,
        tuple(_only(block[start:index])),
        inserting,
        tuple(_only(block[index + 1 :])),
    )
    _require_alike(race)
    return race


def repeatable(race: Race) -> tuple[cst.Call, ...]:
    """The calls that make up the look-up. Raises CannotRepair where looking once more would do something else besides."""
    source = race.source
    parts: tuple[cst.CSTNode, ...] = (*race.looking, race.test.test)
    known = [call for part in parts for call in calls(part) if _asks(race, call)]
    for part in parts:
        name = unknown(source, part, known=known)
        if name:
            raise CannotRepair(f"the look-up calls `{name}`, of which it is not known what else it does")
    for call in known:
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in _SORTED:
            raise CannotRepair("the row is one of several, chosen by an order")
    return tuple(known)


def _asks(race: Race, call: cst.Call) -> bool:
    """Whether a call is a part of the look-up itself: it leads to it, holds it, or goes on with what it gave."""
    source = race.source
    if call is race.look or any(above is call for above in source.parents(race.look)):
        return True
    begin = root(call.func)
    if not isinstance(begin, cst.Name):
        return False
    if begin.value in race.answers and isinstance(call.func, cst.Attribute):
        return True
    if any(isinstance(one, cst.Call) and isinstance(one.func, cst.Name) for one in _spine(call)):
        return False
    tops = (race.look, *(one for one in source.parents(race.look) if isinstance(one, cst.Call)))
    chains = [one for top in tops for one in _spine(top)]
    begun = root(race.look)
    fetches = isinstance(begun, cst.Name) and begun.value == begin.value and bool(race.looking) and isinstance(call.func, cst.Attribute)
    return any(one is call for one in chains) or fetches or begin.value == race.model


def _spine(call: cst.BaseExpression) -> list[cst.BaseExpression]:
    found: list[cst.BaseExpression] = []
    while isinstance(call, cst.Call | cst.Attribute | cst.Subscript | cst.Await):
        found.append(call)
        match call:
            case cst.Call(func=inner) | cst.Await(expression=inner):
                call = inner
            case cst.Attribute(value=inner) | cst.Subscript(value=inner):
                call = inner
    return found


def _test(source: Source, look: cst.Call, inserting: Statement) -> tuple[cst.If, Shape]:
    """The `if` that the insert waits for."""
    block = source.parent(inserting)
    above = source.parent(block) if block is not None else None
    branch = source.parent(above) if isinstance(above, cst.Else) else above
    if isinstance(branch, cst.If) and _depends(source, look, branch):
        if isinstance(source.parent(branch), cst.If):
            raise CannotRepair("the look-up is tested in an `elif`")
        if isinstance(branch.orelse, cst.If):
            raise CannotRepair("the test of the look-up has an `elif`")
        return branch, Shape.FOUND if isinstance(above, cst.Else) else Shape.MISSING
    for one in reversed(list(statements.block_of(source, inserting))):
        if isinstance(one, cst.If) and source.span(one).row < source.span(inserting).row and _depends(source, look, one):
            if one.orelse is not None or not leaves(one.body):
                raise CannotRepair("the `if` that tests the look-up does not leave where a row was found")
            return one, Shape.GUARD
    raise CannotRepair("the insert does not stand under the test of the look-up, nor behind it in one block")


def _depends(source: Source, look: cst.Call, branch: cst.If) -> bool:
    """Whether a test is about a look-up: it makes it, or it reads a name that was bound from it in the same block."""
    if any(one is look for one in calls(branch.test)):
        return True
    return bool(names.free(branch.test) & _bound_from(source, look, branch))


def _bound_from(source: Source, look: cst.Call, branch: cst.If) -> frozenset[str]:
    if not isinstance(source.parent(branch), cst.IndentedBlock):
        return frozenset()
    block = list(statements.block_of(source, branch))
    begun = source.around(look, cst.BaseStatement)
    if begun not in block or block.index(begun) > block.index(branch):  # type: ignore[arg-type]
        return frozenset()
    between = block[block.index(begun) : block.index(branch)]  # type: ignore[arg-type]
    return frozenset(name for one in between for name in assigned(one)) - _cursor(look, between[0])


def _looking(source: Source, look: cst.Call, test: cst.If) -> tuple[Statement, ...]:
    """The statements from the look-up to the test: plain assignments, of which each uses the one before."""
    if any(one is look for one in calls(test.test)):
        return ()
    begun = source.statement(look)
    block = list(statements.block_of(source, test))
    run = tuple(_only(block[block.index(begun) : block.index(test)]))
    known = _cursor(look, run[0])
    for one in run[1:] if known else run:
        bound = assigned(one)
        if not bound or (known and not known & names.free(one)):
            raise CannotRepair("other statements stand between the look-up and its test")
        known |= bound
    return run


def _cursor(look: cst.Call, statement: cst.BaseStatement) -> frozenset[str]:
    """The name that a look-up is asked of where its own statement binds nothing: `cur.execute(...)`, and then `row = cur.fetchone()`."""
    begun = root(look)
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr()]) if isinstance(begun, cst.Name):
            return frozenset({begun.value})
    return frozenset()


def _require_alike(race: Race) -> None:
    """Raises CannotRepair where the test asks for more than whether there is a row, or its names change before the insert."""
    if not _only_asks(race, race.test.test):
        raise CannotRepair("the test asks for more than whether the row is there")
    changed = frozenset(name for one in race.before for name in bound(one))
    asked: list[cst.CSTNode] = [*race.looking, race.test.test, *([race.found] if race.found is not None else [])]
    read = frozenset(name for part in asked for name in names.free(part)) - race.answers
    if changed & read:
        raise CannotRepair(f"`{sorted(changed & read)[0]}` changes between the look-up and the insert")


def _only_asks(race: Race, node: cst.BaseExpression) -> bool:
    match node:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner) | cst.Await(expression=inner) | cst.NamedExpr(value=inner):
            return _only_asks(race, inner)
        case cst.Comparison(left=left, comparisons=others):
            return _only_asks(race, left) and all(_constant(one.comparator) for one in others)
        case cst.Call(func=cst.Name("len" | "bool"), args=[cst.Arg(value=inner)]):
            return _only_asks(race, inner)
        case cst.Call():
            begin = root(node)
            return any(one is race.look for one in calls(node)) or (isinstance(begin, cst.Name) and begin.value in race.answers)
        case cst.Attribute(value=inner):
            return _only_asks(race, inner)
        case cst.Name(value=name):
            return name in race.answers
    return False


def _constant(node: cst.BaseExpression) -> bool:
    """Whether it is what no row is compared with."""
    if isinstance(node, cst.Integer):
        return node.value in ("0", "1")
    return isinstance(node, cst.Name) and node.value in ("None", "True", "False")


def _only(body: Sequence[cst.BaseStatement]) -> list[Statement]:
    return [one for one in body if isinstance(one, Statement)]


def _short(function: str) -> str:
    return function.rpartition(".")[2]
