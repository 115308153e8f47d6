"""The repair of ONE101."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import libcst as cst

from session_lint.analysis.cst.names import dotted_name, stored
from session_lint.facts.finding import Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Repeat
from session_lint.repair.codemod import Codemod
from session_lint.repair.rewrite.calls.trust import fix
from session_lint.repair.rewrite.file.naming import free_name, record_name
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.records import variables
from session_lint.repair.rewrite.records.reaching import Region, escapes, mentions, require_reached, shared_scope, unconditional, walk
from session_lint.repair.rewrite.records.results import Result, comments_in, is_identity, target_text
from session_lint.repair.rewrite.records.same_call import differences
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement

_PURE = (
    *(cst.Name, cst.Attribute, cst.SimpleString, cst.Integer, cst.BooleanOperation, cst.BaseBooleanOp),
    *(cst.UnaryOperation, cst.Not, cst.Comparison, cst.ComparisonTarget, cst.BaseCompOp),
)


@dataclass(frozen=True, slots=True)
class _Held:
    """The first result in a variable. `node` of the second call's expression is what the variable stands for."""

    text: str
    node: cst.BaseExpression
    edits: tuple[Edit, ...] = ()
    doubts: tuple[str, ...] = ()
    pair: bool = False  # it holds the record and `created`: the second call's own way to take them apart stays
    moved: bool = False  # the first call now binds what the second one bound: nothing is left to do there


class ReuseVariable(Codemod):
    """The second call becomes the variable that holds the first result.

    ## What it does

    Takes the second get-or-create call out, and uses the variable that has the record: `latest["id"]` of a second call becomes
    `session["id"]`, `other = await get(...)` becomes `other = session`, and an assignment to the same variable is removed. When the
    first result was not kept, it is put into a variable, named after the getter or by the name the second call gives it.

    ## Fix safety

    Safe when both calls are written the same, the first always runs before the second, and nothing in between could change the record
    or the key. Unsafe when something in between is given the record or the key and the second call is used for more than the record's
    id, when the second call stands in a `try` or a loop that the first does not, when only `defaults` differ, when the key is only
    likely to be the same, or when a comment would be lost.

    ## Known limitations

    Shown only: a first call in a branch that may not have run, a variable that is bound again in between, a `created` of the second
    call that is used, calls inside comprehensions and lambdas, arguments that differ, and coroutines that are not awaited on the spot.
    """

    DESCRIPTION: ClassVar[str] = "Reuses the record that a function has obtained already (ONE101)."
    repairs: ClassVar[str] = "ONE101"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        material = intent.material
        if not isinstance(material, Repeat) or material.first.path != material.second.path:
            raise CannotRepair("the two calls are in different files")
        source = sources[material.second.path]
        first, second = Result.at(source, material.first.span), Result.at(source, material.second.span)
        if isinstance(shared_scope(source, first.value, second.value), cst.ClassDef):
            raise CannotRepair("the calls are made by the body of a class, whose variables are attributes")
        doubts = [*differences(first, second), *_reached(first, second)]
        _require_created_unused(second)
        held = _held(first, second)
        doubts += [*held.doubts, *_changed(first, second, held), *_surroundings(first, second)]
        if not material.certain:
            doubts.append("the key is only likely to be the same")
        edit, lost = _second(second, held)
        if lost:
            doubts.append("a comment is lost")
        return fix(f"Reuse `{held.text}`", doubts, *held.edits, edit)


def _reached(first: Result, second: Result) -> tuple[str, ...]:
    if not unconditional(first.source, first.value, first.statement):
        raise CannotRepair(f"the first call, at {first.place}, runs only under a condition")
    return require_reached(first.source, first.statement, second.value)


def _require_created_unused(second: Result) -> None:
    """`created` of the second call is about the second call."""
    scope = second.source.function_around(second.value) or second.source.module
    for target in second.unpacked[1:]:
        text = target_text(second.source, target)
        if not text or (not text.startswith("_") and _read_after(second, scope, text)):
            raise CannotRepair(f"`{text or second.source.code(target)}` of the second call is used")


def _read_after(second: Result, scope: cst.CSTNode, name: str) -> bool:
    source = second.source
    bound = {id(target) for node in walk(scope) for target in stored(node)}
    looped = source.around(second.value, cst.For | cst.While) is not None
    for node in mentions(source, scope, name):
        span = source.span(node)
        if id(node) not in bound and (looped or (span.row, span.column) > second.end):
            return True
    return False


def _held(first: Result, second: Result) -> _Held:
    """The variable that has what the second call is used for; a new one when there is none."""
    item = second.first_item if second.pair or first.unpacked else None
    wants_item = bool(second.unpacked) or item is not None
    if first.unpacked and not wants_item:
        raise CannotRepair("the first result is unpacked, the second is not")
    node = item if item is not None else second.value
    text = _item_variable(first) if wants_item else _projected(first, second)
    if text and not wants_item:
        node = _projection(second) or second.value
    pair = False
    if not text and first.assigned is not None and not first.unpacked:
        text, node = target_text(first.source, first.assigned), second.value
        pair = wants_item
    if not text:
        return _introduced(first, second, node, item=wants_item)
    _require_still_there(first, second, text)
    return _Held(text, node, pair=pair, doubts=("an attribute can be set elsewhere",) if "." in text else ())


def _item_variable(first: Result) -> str:
    """The variable with the record of `record, created = value` or `record = value[0]`."""
    if first.unpacked:
        return target_text(first.source, first.unpacked[0])
    return _assigned_to(first.source, first.first_item) if first.first_item is not None else ""


def _projected(first: Result, second: Result) -> str:
    """The variable of `x = value["id"]`, when the second call is used for the same part."""
    mine, theirs = _projection(first), _projection(second)
    if mine is None or theirs is None or _suffix(first, mine) != _suffix(second, theirs):
        return ""
    return _assigned_to(first.source, mine)


def _projection(result: Result) -> cst.BaseExpression | None:
    above = result.parent
    if isinstance(above, cst.Attribute | cst.Subscript) and above.value is result.value:
        call = result.source.parent(above)
        return None if isinstance(call, cst.Call) and call.func is above else above
    return None


def _suffix(result: Result, projection: cst.BaseExpression) -> str:
    code = result.source.code(projection)
    return code[max(code.rfind("["), code.rfind(".")) :].replace("'", '"')


def _assigned_to(source: Source, node: cst.BaseExpression) -> str:
    above = source.parent(node)
    if isinstance(above, cst.Assign) and len(above.targets) == 1 and isinstance(above.targets[0].target, cst.Name):
        return above.targets[0].target.value
    return ""


def _require_still_there(first: Result, second: Result, text: str) -> None:
    source, root = first.source, text.partition(".")[0]
    region = Region.between(source, first.value, second.value)
    simple = isinstance(second.statement, cst.SimpleStatementLine)
    own = second.statement if simple and (not region.loops or _same_target(second, text)) else None
    if next(region.stores(text, besides=own), None) is not None:
        raise CannotRepair(f"`{text}` is bound again between the two calls")
    if escapes(region.scope, root):
        raise CannotRepair(f"`{text}` can be bound by another function in between")


def _same_target(second: Result, text: str) -> bool:
    target = second.unpacked[0] if second.unpacked else second.assigned
    return target is not None and dotted_name(target) == text


def _introduced(first: Result, second: Result, node: cst.BaseExpression, *, item: bool) -> _Held:
    """A variable for the first result: the one the second call binds when it is used for nothing else, else a new one."""
    if item and not first.alone and first.first_item is None:
        raise CannotRepair("the first result is handed on whole, the second is taken apart")
    source, own = first.source, _own_name(second)
    name = own or free_name(source, first.value, record_name(first.call))
    target = f"{name}, {variables.ignored_name(source)}" if item else name
    if own and second.unpacked:
        target = source.code(second.assigned) if second.assigned is not None else target
    if first.alone:
        edits: tuple[Edit, ...] = (source.insert(first.span.row, first.span.column, f"{target} = "),)
        return _Held(name, node, edits, moved=bool(own))
    space = statements.indent(source, first.statement)
    line = f"{target} = {variables.moved_text(source, first.span, first.text, space)}"
    edits = (
        variables.insert_above(source, first.statement, line),
        variables.substitute(source, first.first_item if item and first.first_item is not None else first.value, name),
    )
    doubts = ("the first call now runs before the rest of its statement",) if variables.calls_before(first) else ()
    return _Held(name, node, edits, doubts, moved=bool(own))


def _own_name(second: Result) -> str:
    """The name the second call binds, when it stands nowhere above."""
    target = second.unpacked[0] if second.unpacked else second.assigned
    if not isinstance(target, cst.Name) or not isinstance(second.parent, cst.Assign):
        return ""
    source = second.source
    scope = source.function_around(second.value)
    if scope is None or escapes(scope, target.value) or target.value == scope.name.value:
        return ""
    return target.value if mentions(source, scope, target.value)[0] is target else ""


def _changed(first: Result, second: Result, held: _Held) -> tuple[str, ...]:
    """What could make the second record look unlike the first."""
    region = Region.between(first.source, first.value, second.value)
    around = set(second.source.parents(second.value))
    doubts = []
    if not _identity_only(second, held):
        names = frozenset({held.text.partition(".")[0]}) | first.names
        if isinstance(first.statement, cst.SimpleStatementLine):
            names |= {one.value for node in walk(first.statement) for one in stored(node) if isinstance(one, cst.Name)} - {"_"}
        if any(node not in around for node in region.changes(names)):
            doubts.append("what runs in between may change the record")
        if _two_names(second, held):
            doubts.append(f"`{held.text}` and `{second.source.code(second.assigned or held.node)}` are then one object, and it is changed")
    own = second.statement if isinstance(second.statement, cst.SimpleStatementLine) else None
    rebound = []
    for name in sorted(first.names):
        stores = tuple(region.stores(name, besides=own))
        if any(isinstance(first.source.parent(one), cst.AsName) for one in stores):
            raise CannotRepair(f"`{name}` is another one by then")
        rebound += [name] if stores else []
    return (*doubts, *(f"`{name}` is bound again in between" for name in rebound))


def _identity_only(second: Result, held: _Held) -> bool:
    """Whether the second record is asked for nothing but its identity, which does not change."""
    target = second.unpacked[0] if second.unpacked else second.assigned
    if not isinstance(target, cst.Name) or _same_target(second, held.text):
        return second.identity_only
    source = second.source
    scope = source.function_around(second.value)
    return scope is not None and all(is_identity(source, one) for one in mentions(source, scope, target.value) if one is not target)


def _two_names(second: Result, held: _Held) -> bool:
    target = second.assigned
    if held.moved or target is None or _same_target(second, held.text):
        return False
    roots = {held.text.partition(".")[0], dotted_name(target).partition(".")[0]}
    scope = second.source.function_around(second.value) or second.source.module
    for node in walk(scope):
        for one in stored(node):
            if isinstance(one, cst.Attribute | cst.Subscript) and dotted_name(one.value).partition(".")[0] in roots:
                return True
    return False


def _surroundings(first: Result, second: Result) -> tuple[str, ...]:
    source = first.source
    around = set(source.parents(first.value))
    doubts = []
    if Region.between(source, first.value, second.value).loops:
        doubts.append("the loop asked for the record again in each turn")
    if any(isinstance(one, cst.Try | cst.TryStar) and one not in around for one in source.parents(second.value)):
        doubts.append("the `try` around the second call does not see the first one fail")
    return tuple(doubts)


def _emptied(source: Source, statement: Statement) -> Statement:
    """The `if` around the only statement of its block, when nothing of it is left without that; else the statement itself."""
    block = source.parent(statement)
    above = source.parent(block) if isinstance(block, cst.IndentedBlock) and len(block.body) == 1 else None
    if not isinstance(above, cst.If) or above.orelse is not None or variables.leading_row(source, statement) < source.span(statement).row:
        return statement
    if not isinstance(source.parent(above), cst.IndentedBlock | cst.Module) or not all(isinstance(one, _PURE) for one in walk(above.test)):
        return statement
    return above


def _second(second: Result, held: _Held) -> tuple[Edit, bool]:
    """The edit at the second call, and whether it loses a comment."""
    source = second.source
    if second.alone or held.moved or (isinstance(second.parent, cst.Assign | cst.AnnAssign) and _same_target(second, held.text)):
        gone = _emptied(source, second.statement)
        return statements.remove(source, gone), bool(statements.comments(source, gone))
    if second.unpacked and held.node is second.value and not held.pair:
        assign = second.parent
        if isinstance(assign, cst.Assign):
            return source.replace(assign, f"{source.code(second.unpacked[0])} = {held.text}"), comments_in(assign)
    above = source.parent(held.node)
    if isinstance(above, cst.NamedExpr) and _same_target(second, held.text):
        return variables.substitute(source, above, held.text), comments_in(above)
    return variables.substitute(source, held.node, held.text), comments_in(held.node)
