"""The repair of ONE104."""

from __future__ import annotations

import re
from typing import ClassVar

import libcst as cst

from session_lint.analysis.cst.names import stored
from session_lint.facts.finding import Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Repeat
from session_lint.repair.codemod import Codemod
from session_lint.repair.rewrite.calls import gathered, hoisting
from session_lint.repair.rewrite.calls.trust import fix
from session_lint.repair.rewrite.file.naming import free_name, record_name
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, called_name
from session_lint.repair.rewrite.records import loops, variables
from session_lint.repair.rewrite.records.reaching import Loop, Region, escapes, mentions, walk
from session_lint.repair.rewrite.records.results import Result
from session_lint.repair.rewrite.statements import layout, statements
from session_lint.repair.rewrite.statements.statements import Statement

_MAKES = re.compile(r"^_*(?:create|new|add|insert|make|register)_(?!or_)")
_NO_TURNS = "it now runs also when the loop has no turns"
_LIKELY = "the key is only likely to be the same in each turn"
_REREAD = "later turns see the record as it was before"
_SKIPPED = "it now runs also when no turn comes to it"


class Hoist(Codemod):
    """The getter is called once, before the loop or before the tasks that run in parallel.

    ## What it does

    Moves a get-or-create call whose key does not change out of its loop or comprehension, with its assignment, and lets the loop use
    the variable. Where an `if` decides which turns need the record, the first that does obtains it. Calls that run in parallel for
    one key become one call whose result the others share. Where the getter is called by a function that the loop or the `gather`
    calls, the record is obtained before and passed down as an optional parameter.

    ## Fix safety

    Unsafe: the call runs also when the loop has no turns, or when every turn leaves before it; and later turns see the record as it
    was before the loop. Safe only when the loop provably has turns, always comes to the call, and does not change the record.
    A record that is passed down has to satisfy what thread-parameter (ONE103) asks for as well.

    ## Known limitations

    Shown only: a key that the loop binds, a `created` that the loop uses, a getter that by its name makes a new record each time,
    a `gather` over a comprehension of the getter itself, whose results are wanted one by one, and a callee that obtains the record
    only under a condition.
    """

    DESCRIPTION: ClassVar[str] = "Obtains a record once, before the loop or the parallel calls (ONE104)."
    repairs: ClassVar[str] = "ONE104"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        material = intent.material
        if not isinstance(material, Repeat):
            raise CannotRepair("this finding is not about a getter")
        if len(material.chain) > 1 or len(material.first_chain) > 1:
            return hoisting.hoisted(intent, material, sources)
        source = sources[material.second.path]
        if material.shape == "concurrent":
            return gathered.share(source, material.first, material.second)
        result = Result.at(source, material.second.span)
        name = called_name(result.call)
        if isinstance(name, cst.Name) and _MAKES.match(name.value):
            raise CannotRepair(f"by its name, `{name.value}` makes a new record in each turn")
        return _out_of_loop(result, certain=material.certain)


def _out_of_loop(result: Result, *, certain: bool) -> Fix:
    source, loop = result.source, loops.outermost(result)
    anchor = loops.anchor(source, loop)
    _require_created_unused(result, loop)
    if _conditional(result, loop, anchor):
        return _first_turn(result, loop, anchor, certain=certain)
    name, edits = _moved(result, anchor) if _movable(result, loop) else _named(result, anchor)
    doubts = [*_doubts(result, loop, name)]
    if not certain:
        doubts.append(_LIKELY)
    return fix(f"Obtain `{name}` once before the loop" if name else "Call the getter once before the loop", doubts, *edits)


def _require_created_unused(result: Result, loop: cst.CSTNode) -> None:
    """What else the call gives (`created`) is of the last turn: nothing may read it, in the loop or after it."""
    scope = result.source.function_around(result.value) or loop
    for target in result.unpacked[1:]:
        text = result.source.code(target)
        if not isinstance(target, cst.Name) or (not text.startswith("_") and len(mentions(result.source, scope, text)) > 1):
            raise CannotRepair(f"`{text}` is used besides the record, and tells of each call whether it made it")


def _movable(result: Result, loop: cst.CSTNode) -> bool:
    """Whether the statement of the call can move as it is: nothing else in the loop binds what it binds, or reads it earlier."""
    if not isinstance(loop, Loop) or not isinstance(result.statement, cst.SimpleStatementLine):
        return False
    if result.alone:
        return True
    targets = result.unpacked or ((result.assigned,) if result.assigned is not None else ())
    if not targets or not isinstance(result.parent, cst.Assign | cst.AnnAssign):
        return False
    return all(isinstance(target, cst.Name) and _own(result, loop, target) for target in targets)


def _own(result: Result, loop: cst.CSTNode, target: cst.Name) -> bool:
    """Whether a variable is bound by the call alone in the loop, and means nothing else around it."""
    source, name = result.source, target.value
    scope = source.function_around(result.value)
    if name == "_":
        return True
    if scope is not None and (escapes(scope, name) or _spans(source, scope, loop, name)):
        return False
    others = (node for one in walk(loop) for node in _names(one) if node is not target)
    return mentions(source, loop, name)[0] is target and all(node.value != name for node in others)


def _spans(source: Source, scope: cst.CSTNode, loop: cst.CSTNode, name: str) -> bool:
    """Whether a name means something before a loop and after it: without turns, that has to stay."""
    span = source.span(loop)
    places = [(one.row, one.column) for one in map(source.span, mentions(source, scope, name))]
    return any(one < (span.row, span.column) for one in places) and any(one > (span.end_row, span.end_column) for one in places)


def _conditional(result: Result, loop: cst.CSTNode, anchor: Statement) -> bool:
    """Whether only some turns, told by an `if`, obtain the record, in a variable that means nothing before the loop."""
    source, target = result.source, result.unpacked[0] if result.unpacked else result.assigned
    inside = set(source.parents(loop))
    if not _movable(result, loop) or not any(isinstance(one, cst.If) and one not in inside for one in source.parents(result.statement)):
        return False
    scope = source.function_around(result.value)
    if scope is None or not isinstance(target, cst.Name):
        return False
    first = source.span(mentions(source, scope, target.value)[0])
    return (first.row, first.column) >= (source.span(anchor).row, source.span(anchor).column)


def _first_turn(result: Result, loop: cst.CSTNode, anchor: Statement, *, certain: bool) -> Fix:
    """The call under a guard: the first turn that needs the record obtains it."""
    source = result.source
    name = source.code(result.unpacked[0] if result.unpacked else result.assigned or result.value)
    layout.require_lines(source, result.statement)
    edits = (
        variables.insert_above(source, anchor, f"{name} = None"),
        layout.wrap(source, result.statement, f"if {name} is None:"),
    )
    doubts = [_REREAD if _reread(result, loop, name) else "", "" if certain else _LIKELY]
    return fix(f"Obtain `{name}` once, in the first turn that needs it", doubts, *edits)


def _names(node: cst.CSTNode) -> tuple[cst.Name, ...]:
    return tuple(one for one in stored(node) if isinstance(one, cst.Name))


def _moved(result: Result, anchor: Statement) -> tuple[str, tuple[Edit, ...]]:
    """The statement in front of the loop, with its comments."""
    source, statement = result.source, result.statement
    space = statements.indent(source, anchor)
    first, last = statements.rows(source, statement)
    top = variables.leading_row(source, statement)
    comments = "".join(f"{source.line(row).strip()}\n{space}" for row in range(top, first))
    code = "\n".join(source.line(row) for row in range(first, last + 1)).lstrip()
    text = comments + variables.moved_text(source, source.span(statement), code, space)
    removal = variables.widened(statements.remove(source, statement), source, statement)
    target = result.unpacked[0] if result.unpacked else result.assigned
    return source.code(target) if target is not None else "", (variables.insert_above(source, anchor, text), removal)


def _named(result: Result, anchor: Statement) -> tuple[str, tuple[Edit, ...]]:
    """A new variable before the loop, and its name in the place of the call."""
    source, item = result.source, result.first_item if result.pair else None
    kept = result.unpacked[0] if result.unpacked else result.assigned
    wanted = kept.attr.value if isinstance(kept, cst.Attribute) else record_name(result.call)
    name = free_name(source, result.value, wanted)
    taken_apart = bool(result.unpacked) or item is not None
    target = f"{name}, {variables.ignored_name(source)}" if taken_apart else name
    text = f"{target} = {variables.moved_text(source, result.span, result.text, statements.indent(source, anchor))}"
    above = variables.insert_above(source, anchor, text)
    assign = result.parent
    if result.unpacked and isinstance(assign, cst.Assign):
        return name, (above, source.replace(assign, f"{source.code(result.unpacked[0])} = {name}"))
    return name, (above, variables.substitute(source, item if item is not None else result.value, name))


def _doubts(result: Result, loop: cst.CSTNode, name: str) -> tuple[str, ...]:
    source = result.source
    found: list[str] = []
    if not loops.has_turns(loop):
        found.append(_NO_TURNS)
    if isinstance(loop, Loop) and not loops.always_reached(source, loop, result.statement):
        found.append(_SKIPPED)
    if _reread(result, loop, name):
        found.append(_REREAD)
    inside = set(source.parents(loop))
    if any(isinstance(one, cst.Try | cst.TryStar) and one not in inside for one in source.parents(result.value)):
        found.append("it now runs outside the `try` in the loop")
    if any(isinstance(one, cst.With) and one not in inside for one in source.parents(result.value)):
        found.append("it now runs outside the `with` in the loop")
    return tuple(found)


def _reread(result: Result, loop: cst.CSTNode, name: str) -> bool:
    """Whether a turn could change what the next one reads."""
    if result.identity_only:
        return False
    source = result.source
    span = source.span(loop)
    region = Region(source, loop, (span.row, span.column), (span.end_row, span.end_column), ())
    around = {result.value, *source.parents(result.value)}
    return any(node not in around for node in region.changes(result.names | {name}))
