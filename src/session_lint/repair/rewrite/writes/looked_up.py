"""The shapes in which a look-up and an insert can become one get-or-create: an `if`, or a `try` for a row that is not there."""

from __future__ import annotations

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.summary import Check
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import copied, parts, race as races
from session_lint.repair.rewrite.writes.harmless import calls, unknown
from session_lint.repair.rewrite.writes.obtained import Pair
from session_lint.repair.rewrite.writes.race import Race, Shape


def tested(race: Race) -> Pair:
    """The pair of an `if`. Raises CannotRepair where other statements stand between the two."""
    source = race.source
    races.repeatable(race)
    if len(race.material.look_chain) > 1:
        raise CannotRepair(f"the row is looked up in a helper, `{race.material.look_chain[-1].function.rpartition('.')[2]}`")
    if race.before:
        raise CannotRepair(f"other statements stand between the look-up and the insert, at {source.path}:{source.span(race.before[0]).row}")
    if len(race.looking) > 1 or (race.looking and not race.answers):
        raise CannotRepair("the look-up takes several statements")
    held = next(iter(race.answers), "")
    guard = race.shape is Shape.GUARD
    found = copied.suite(race.found) if race.found is not None else ()
    last = race.inserting if guard else race.test
    assert isinstance(race.inserting, cst.SimpleStatementLine)
    return Pair(
        race.material,
        source,
        race.look,
        race.insert,
        race.inserting,
        ((*race.looking, race.test)[0], last),
        held,
        found,
        () if guard else race.after,
        race.after if guard else race.following,
        holding=race.looking[0] if race.looking and isinstance(race.looking[0], cst.SimpleStatementLine) else None,
        leaves=guard or (race.shape is Shape.FOUND and parts.leaves(race.test.body)),
    )


def handled(material: Check, sources: Sources) -> Pair | None:
    """The pair of a `try` whose handler makes the row that is not there; None where the look-up is in none."""
    source = sources[material.insert.path]
    if len(material.chain) > 1 or len(material.look_chain) > 1:
        return None
    look, insert = source.call_at(material.look.span), source.call_at(material.insert.span)
    handler = source.around(insert, cst.ExceptHandler)
    attempt = source.parent(handler) if handler is not None else None
    if not isinstance(handler, cst.ExceptHandler) or not isinstance(attempt, cst.Try):
        return None
    body = attempt.body.body
    begun = source.around(look, cst.BaseStatement)
    if begun is not body[0]:
        return None
    _require_plain(source, attempt, handler)
    for one in body[1:]:
        _require_own(source, one, look)
    return _pair(material, source, (look, insert), attempt, handler)


def _pair(material: Check, source: Source, calls: tuple[cst.Call, cst.Call], attempt: cst.Try, handler: cst.ExceptHandler) -> Pair:
    look, insert = calls
    inserting, looking = source.statement(insert), source.statement(look)
    if not isinstance(inserting, cst.SimpleStatementLine) or not isinstance(looking, cst.SimpleStatementLine):
        raise CannotRepair("the insert is in the head of another statement")
    made = copied.suite(handler.body)
    if made[0] is not inserting:
        raise CannotRepair(f"other statements stand between the look-up and the insert, at {source.path}:{source.span(made[0]).row}")
    held, back = _held(looking)
    block = [one for one in statements.block_of(source, attempt) if isinstance(one, Statement)]
    following = tuple(block[block.index(attempt) + 1 :])
    if back and made[1:] and not parts.leaves(handler.body):
        raise CannotRepair("the row that was found is given back at once, and the new one is not")
    if back and not made[1:] and not isinstance(inserting.body[0], cst.Return):
        following_back = isinstance(inserting.body[0], cst.Assign) and following
        if not following_back:
            raise CannotRepair("the row that was found is given back at once, and the new one is not")
    return Pair(
        material,
        source,
        look,
        insert,
        inserting,
        (attempt, attempt),
        held,
        _found(attempt),
        made[1:],
        following,
        holding=looking,
        leaves=back and isinstance(inserting.body[0], cst.Return),
        gives_back=back,
    )


def _found(attempt: cst.Try) -> tuple[Statement, ...]:
    """What is done where the row is there: what follows the look-up, and the `else`."""
    other = copied.suite(attempt.orelse.body) if attempt.orelse is not None else ()
    return (*copied.suite(attempt.body)[1:], *other)


def _require_own(source: Source, statement: cst.CSTNode, look: cst.Call) -> None:
    """Raises CannotRepair for what follows a look-up in its `try` and may not find a row either."""
    begun = source.statement(look)
    held = _held(begun)[0] if isinstance(begun, cst.SimpleStatementLine) else ""
    saves = [
        call
        for call in calls(statement)
        if isinstance(call.func, cst.Attribute) and source.code(call.func.value) == held and call.func.attr.value in ("save", "asave")
    ]
    name = unknown(source, statement, known=saves)
    if name:
        raise CannotRepair(f"`{name}` stands in the `try` of the look-up, and may not find a row either")


def _held(looking: cst.SimpleStatementLine) -> tuple[str, bool]:
    """The name that the look-up binds, and whether it is given back instead."""
    match looking.body:
        case [cst.Return()]:
            return "", True
        case [cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))])]:
            return name, False
        case [cst.Expr()]:
            return "", False
    raise CannotRepair("what was found is bound to more than a name")


def _require_plain(source: Source, attempt: cst.Try, handler: cst.ExceptHandler) -> None:
    if len(attempt.handlers) > 1 or attempt.finalbody is not None:
        raise CannotRepair("the `try` of the look-up has more parts than the one handler, and an `else`")
    kind = handler.type
    if kind is None or not dotted_name(kind).endswith("DoesNotExist") or handler.name is not None:
        raise CannotRepair("the handler is for more than a row that is not there")
    if any(not isinstance(one, cst.IndentedBlock) for one in (attempt.body, handler.body)):
        raise CannotRepair("the `try` is written in one line")
    row = source.span(handler).row
    if "#" in source.line(row):
        raise CannotRepair(f"a comment at {source.path}:{row} would be lost")
