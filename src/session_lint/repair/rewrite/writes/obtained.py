"""A look-up and an insert written as one get-or-create: the edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.facts.summary import Check
from session_lint.repair.rewrite.file import names, naming
from session_lint.repair.rewrite.file.source import CannotRepair, Source, called_name, inside
from session_lint.repair.rewrite.statements import layout, statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import copied, create_call, lookups
from session_lint.repair.rewrite.writes.harmless import unknown
from session_lint.repair.rewrite.writes.rows import keywords

_OPTIONS = frozenset({"using_db"})


@dataclass(frozen=True, slots=True)
class Pair:
    """The two calls, and what is done where.

    `region`: the statements that the get-or-create stands in place of, the first and the last of them; `held`: the name of what the
    look-up gave, "" for none; `found`: what is done where there was a row; `made`: what follows the insert where it alone leads;
    `leaves`: `found` ends the function or the turn of the loop, and what is behind the region is for a new row.
    """

    material: Check
    source: Source
    look: cst.Call
    insert: cst.Call
    inserting: cst.SimpleStatementLine
    region: tuple[Statement, Statement]
    held: str
    found: tuple[Statement, ...]
    made: tuple[Statement, ...]
    following: tuple[Statement, ...]
    holding: cst.SimpleStatementLine | None = None  # the look-up's own statement; None where the test makes it
    leaves: bool = False
    gives_back: bool = False  # the look-up is the value of a `return`


def edits(pair: Pair, verb: str) -> Edit:
    """The get-or-create in place of the region. Raises CannotRepair where it would do more, or other things."""
    source = pair.source
    looked = lookups.of(source, pair.look)
    if pair.holding is not None and getattr(pair.holding.body[0], "value", None) is not whole(source, looked.top):
        raise CannotRepair("what was found is used inside an expression")
    space = statements.indent(source, pair.region[0])
    called = _call(pair, looked, verb, space)
    name, ending = _target(pair, looked)
    branches, flag = _of_two_ways(pair, name, space) if pair.gives_back else _branches(pair, name, space)
    head = _bound(source, name, flag)
    text = [*_comments(pair, space), f"{space}{head}{called}", *branches]
    text += [f"{space}return {name}"] if ending else []
    first, last = statements.rows(source, pair.region[0])[0], statements.rows(source, pair.region[1])[1]
    return Edit(source.path, "\n".join(text), Span(first, 1, last, len(source.line(last)) + 1))


def _bound(source: Source, name: str, flag: str) -> str:
    if not name and not flag:
        return ""
    spare = create_call.spare_name(source)
    return f"{name or spare}, {flag or spare} = "


def _call(pair: Pair, looked: lookups.Lookup, verb: str, space: str) -> str:
    """The call, in the layout of the `create` that it comes from."""
    source, call = pair.source, pair.insert
    assert isinstance(call.func, cst.Attribute)
    if source.code(call.func.value) != looked.owner:
        raise CannotRepair("the row is not looked up through what makes it")
    awaited = whole(source, call) is not call
    if awaited != looked.awaited:
        raise CannotRepair("only one of the two calls is awaited")
    row = dict(keywords(source, call.args))
    _require_row(source, row, looked)
    keys = tuple(name for name, _ in looked.key)
    text = source.code(call)
    if set(row) - set(keys) - _OPTIONS:
        edit = create_call.arguments(source, call, keys, outside=_OPTIONS)
        start = source.span(call.func)
        head = source.slice(Span(start.row, start.column, edit.span.row, edit.span.column))
        text = f"{head}{edit.content})"
    begin = len(source.code(call.func.value)) + 1
    text = f"{text[:begin]}{verb}{text[begin + len(source.code(called_name(call))) :]}"
    own = statements.indent(source, pair.inserting)
    if copied.in_texts(source, call):
        raise CannotRepair("a text over several lines is among the values of the new row")
    lines = text.split("\n")
    return ("await " if awaited else "") + "\n".join([lines[0], *(space + line.removeprefix(own) for line in lines[1:])])


def _require_row(source: Source, row: Mapping[str, cst.BaseExpression], looked: lookups.Lookup) -> None:
    """Raises CannotRepair unless the row has the key, and its values can be worked out also where the row is there."""
    for name, value in looked.key:
        if name not in row or source.code(row[name]) != source.code(value):
            raise CannotRepair(f"the new row does not set `{name}` to what was looked for")
    for part in (*row.values(), *(value for _, value in looked.key)):
        what = unknown(source, part)
        if what or any(isinstance(node, cst.Await | cst.NamedExpr) for node in _nodes(part)):
            raise CannotRepair(f"`{what or source.code(part)}` would be called also where the row is there")


def whole(source: Source, call: cst.Call) -> cst.BaseExpression:
    """A call with the `await` before it."""
    above = source.parent(call)
    return above if isinstance(above, cst.Await) else call


def _nodes(node: cst.CSTNode) -> list[cst.CSTNode]:
    found, stack = [], [node]
    while stack:
        one = stack.pop()
        found.append(one)
        stack += inside(one)
    return found


def _target(pair: Pair, looked: lookups.Lookup) -> tuple[str, bool]:
    """The name that holds the row, "" for none, and whether it is given back at the end."""
    source = pair.source
    read = _reads(pair)
    if pair.held and not looked.record and read[pair.held]:
        raise CannotRepair(f"`{pair.held}`, whether there is a row, is asked again")
    value = pair.inserting.body[0]
    if getattr(value, "value", None) is not whole(source, pair.insert):
        raise CannotRepair("the new row is used inside an expression")
    match value:
        case cst.Expr():
            if pair.held and _count(pair.following, pair.held) and not pair.leaves:
                raise CannotRepair(f"`{pair.held}` is used where the new row is not bound to it")
            return (pair.held if pair.held and read[pair.held] else ""), False
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]):
            return _assigned_to(pair, name, read), False
        case cst.Return():
            name = pair.held if pair.held and looked.record else naming.free_name(source, pair.insert, _snake(pair))
            if not pair.leaves and not _gives_back(pair.following[:1], name):
                raise CannotRepair("the new row is given back at once, and the one that was found is not")
            return name, pair.leaves
    raise CannotRepair("the new row is used inside an expression, or bound to more than a name")


def _assigned_to(pair: Pair, name: str, read: dict[str, int]) -> str:
    if not pair.held or name == pair.held:
        function = pair.source.function_around(pair.insert)
        if not pair.held and function is not None and len(names.bindings(pair.source, function, name)) > 1:
            raise CannotRepair(f"`{name}` is bound elsewhere too")
        return name
    if read[pair.held] and not _gives_back(pair.found, pair.held):
        raise CannotRepair(f"the row that is found is `{pair.held}`, and the new one `{name}`")
    function = pair.source.function_around(pair.insert)
    if function is not None and len(names.bindings(pair.source, function, name)) > 1:
        raise CannotRepair(f"`{name}` is bound elsewhere too")
    return name


def _reads(pair: Pair) -> dict[str, int]:
    """How often what the look-up gave is read behind the test."""
    return {pair.held: _count((*pair.found, *pair.made, *pair.following), pair.held)}


def _count(body: Sequence[Statement], name: str) -> int:
    return sum(node.value == name for one in body for node in names.reads(one))


def _gives_back(body: Sequence[Statement], name: str) -> bool:
    match list(body):
        case [cst.SimpleStatementLine(body=[cst.Return(value=cst.Name(given))])]:
            return given == name
    return False


def _of_two_ways(pair: Pair, name: str, space: str) -> tuple[list[str], str]:
    """What follows a look-up that is given back at once: for a new row there may be more to do."""
    made = copied.lines(pair.source, pair.made, space, more=True)
    if not made or _gives_back(pair.made, name):
        return made, ""
    flag = naming.free_name(pair.source, pair.insert, "created")
    return [f"{space}if not {flag}:", f"{space}{layout.unit(pair.source)}return {name}", *made], flag


def _branches(pair: Pair, name: str, space: str) -> tuple[list[str], str]:
    """What is done where there was a row and where there was none, under the flag, and the flag's name where it is asked."""
    source, inner = pair.source, space + layout.unit(pair.source)
    found = copied.lines(source, pair.found, inner, more=True)
    made = copied.lines(source, pair.made, inner, more=True)
    if pair.leaves and _gives_back(pair.found, pair.held):
        found = [f"{inner}return {name}"]
        if not made and (isinstance(pair.inserting.body[0], cst.Return) or _gives_back(pair.following[:1], name)):
            return [], ""
    if not found and not made:
        return [], ""
    if made == found:
        return copied.lines(source, pair.made, space, more=True), ""
    flag = naming.free_name(source, pair.insert, "created")
    if made and found:
        return [f"{space}if {flag}:", *made, f"{space}else:", *found], flag
    return ([f"{space}if {flag}:", *made] if made else [f"{space}if not {flag}:", *found]), flag


def _comments(pair: Pair, space: str) -> list[str]:
    """The comments that stand alone above the insert, between what goes. Raises CannotRepair for those behind code that goes."""
    source = pair.source
    start, end = statements.rows(source, pair.region[0])[0], statements.rows(source, pair.inserting)[0]
    kept = {row for one in (*pair.found, *pair.made) for row in range(*_rows(source, one))}
    last = source.span(pair.inserting.body[0])
    if "#" in source.line(last.end_row)[last.end_column - 1 :]:
        raise CannotRepair(f"a comment at {source.path}:{last.end_row} would be lost")
    found = []
    for row in range(start, end):
        line = source.line(row)
        if line.lstrip().startswith("#") and row not in kept:
            found.append(space + line.strip())
        elif "#" in line and row not in kept:
            raise CannotRepair(f"a comment at {source.path}:{row} would be lost")
    return found


def _rows(source: Source, one: Statement) -> tuple[int, int]:
    first, last = statements.rows(source, one)
    return first, last + 1


def _snake(pair: Pair) -> str:
    name = pair.material.resource.rpartition(".")[2]
    return "".join(f"_{one.lower()}" if one.isupper() and number else one.lower() for number, one in enumerate(name))
