"""Where the record of a repeat is first in hand, and under which names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.intent import Intent
from session_lint.repair.rewrite.calls import chains, guards, obtaining, refilled
from session_lint.repair.rewrite.calls.chains import InHand, Step
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources, called_name
from session_lint.repair.rewrite.records import kept_part, records, variables
from session_lint.repair.rewrite.records.records import Holding
from session_lint.repair.rewrite.signatures import signatures
from session_lint.repair.rewrite.statements import flow, statements


@dataclass(frozen=True, slots=True)
class Origin:
    """What the function where both halves meet has in hand. `sure`: it is there on every way, and nobody else can set it."""

    in_hand: InHand
    sure: bool
    edits: tuple[Edit, ...] = ()


def origin(chain: Sequence[Step], first: Sequence[Step]) -> Origin:
    """How the record is at hand before the first call of `chain`. Raises CannotRepair with the reason when it is not."""
    return _obtained(chain, first[0]) if len(first) == 1 else _stored(chain, first)


def require_same(intent: Intent, sources: Sources, first: Step, second: Step) -> None:
    """Raises CannotRepair when two calls may return different things for one record."""
    left, right = (intent.link(step.source.place(called_name(step.call))).targets for step in (first, second))
    ours, theirs = (step.source.code(called_name(step.call)) for step in (first, second))
    for definition in (intent.definition(full) for full in (*left, *right)):
        if definition is not None and not _returns(sources[definition.path].function_at(definition.name_span)):
            raise CannotRepair(f"`{ours}()` returns nothing that could be passed")
    if left == right and (left or ours == theirs):
        return
    if not _hands_over(intent, sources, left, theirs) and not _hands_over(intent, sources, right, ours):
        raise CannotRepair(f"`{ours}()` and `{theirs}()` may return different things")


def _returns(function: cst.FunctionDef) -> bool:
    return any(isinstance(one, cst.Return) and one.value is not None for one in flow.exits(function.body))


def _hands_over(intent: Intent, sources: Sources, targets: Sequence[str], getter: str) -> bool:
    """Whether a function returns what the getter gave it, on every way the whole record."""
    definition = intent.definition(targets[0]) if len(targets) == 1 else None
    if definition is None:
        return False
    source = sources[definition.path]
    function = source.function_at(definition.name_span)
    found = [records.held(source, call) for call in flow.calls(function.body) if source.code(called_name(call)) == getter]
    if len(found) != 1 or found[0].form or found[0].pick:
        return False
    values = [one.value for one in flow.exits(function.body) if isinstance(one, cst.Return)]
    if found[0].local and len(names.bindings(source, function, found[0].name)) > 1:
        return False
    return bool(values) and all(
        value is found[0].whole or (found[0].local and isinstance(value, cst.Name) and value.value == found[0].name) for value in values
    )


def _obtained(chain: Sequence[Step], first: Step) -> Origin:
    """The function itself obtains it."""
    source, function = first.source, first.function
    if function is None:
        raise CannotRepair("the record is obtained by code outside functions")
    holding = records.held(source, first.call)
    try:
        flow.require_before(source, holding.statement, chain[0].call)
    except CannotRepair:
        return _on_a_branch(chain, first, function, holding)
    if not holding.name:
        return _named(chain, first, function, holding)
    root = holding.name.split(".", 1)[0]
    flow.require_unchanged(source, function, root, holding.statement, chain[0].call)
    known = [(holding.pick + holding.form, holding.name)]
    return Origin(InHand(tuple(known)), sure=holding.local)


def widened(chain: Sequence[Step], first: Step) -> Origin:
    """The function keeps only a part of the record: all of it gets a name too. Raises CannotRepair where it has one already."""
    holding = records.held(first.source, first.call)
    if first.function is None or not holding.form:
        raise CannotRepair("the whole record is in hand")
    flow.require_before(first.source, holding.statement, chain[0].call)
    return _named(chain, first, first.function, holding)


def _on_a_branch(chain: Sequence[Step], first: Step, function: cst.FunctionDef, holding: Holding) -> Origin:
    """Obtained on some ways only: the variable is None on the others, and the callee obtains the record as before."""
    source = first.source
    top = flow.branch(source, holding.statement, chain[0].call)
    filled = refilled.refilled(first, top)
    if filled:
        return Origin(InHand(filled), sure=False)
    if not holding.alone or not holding.local:
        raise CannotRepair(f"the record is obtained at {source.path}:{source.span(holding.call).row} on some ways only")
    flow.require_unchanged(source, function, holding.name, holding.statement, chain[0].call)
    in_hand = InHand(((holding.pick + holding.form, holding.name),), maybe=True)
    before = [one for one in names.bindings(source, function, holding.name) if source.span(one).row < source.span(holding.call).row]
    if signatures.parameter(function, holding.name) is not None or any(not _to_none(source, one, top) for one in before):
        raise CannotRepair(f"`{holding.name}` means something else on other ways through `{first.name}()`")
    edits = () if before else (statements.before(source, top, [f"{holding.name} = None"]),)
    return Origin(in_hand, sure=True, edits=edits)


def _to_none(source: Source, name: cst.Name, top: cst.CSTNode) -> bool:
    """Whether a name is set to None in the block of a statement."""
    target = source.parent(name)
    assign = source.parent(target) if isinstance(target, cst.AssignTarget) else target
    value = assign.value if isinstance(assign, cst.Assign | cst.AnnAssign) else None
    line = source.parent(assign) if assign is not None else None
    return isinstance(value, cst.Name) and value.value == "None" and line is not None and source.parent(line) is source.parent(top)


def _named(chain: Sequence[Step], first: Step, function: cst.FunctionDef, holding: Holding) -> Origin:
    """A result that is used where it stands, or not at all, gets a name."""
    source, last = first.source, chain[-1]
    other = records.held(last.source, last.call)
    name = other.name if other.local and not other.form else records.noun(source, first.call)
    if name in names.bound(function):
        raise CannotRepair(f"`{name}` already means something else in `{first.name}()`")
    statement = holding.statement
    alone = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if isinstance(alone, cst.Expr) and alone.value is holding.value:
        span = source.span(holding.value)
        target = f"{name}, _" if other.pick else name
        return Origin(InHand(((other.pick, name),)), sure=True, edits=(source.insert(span.row, span.column, f"{target} = "),))
    records.require_always(source, holding)
    node = records.picked(source, holding)
    edits = (guards.before(source, holding, "", f"{name} = ", node), variables.substitute(source, node, name))
    return Origin(InHand(((holding.pick, name),)), sure=True, edits=edits)


def _stored(chain: Sequence[Step], first: Sequence[Step]) -> Origin:
    """A callee obtains it, and keeps it on an object that the function has too: `ctx.session_id = session["id"]`."""
    inner = first[-1]
    found: dict[str, str] = {}
    for form, text in _attributes(inner):
        raised = text
        for step, callee in zip(reversed(first[:-1]), reversed(first[1:]), strict=True):
            raised = chains.raised(step, callee, raised)
        if raised:
            found.setdefault(form, raised)
    if not found:
        raise CannotRepair(f"`{inner.name}()` keeps the record to itself")
    outer = first[0]
    flow.require_before(outer.source, outer.source.statement(outer.call), chain[0].call)
    if outer.function is not None:
        for text in found.values():
            flow.require_unchanged(outer.source, outer.function, text.split(".", 1)[0], outer.call, chain[0].call)
    return Origin(InHand(tuple(sorted(found.items()))), sure=False)


def kept_back(first: Sequence[Step]) -> bool:
    """Whether a callee that obtains the record stores it nowhere."""
    return not _attributes(first[-1])


def _attributes(step: Step) -> list[tuple[str, str]]:
    """The attributes that a function sets to the record it obtains, or to a part of it: (`["id"]`, `ctx.session_id`)."""
    source, holding = step.source, records.held(step.source, step.call)
    full = holding.pick + holding.form
    if holding.name and not holding.local:
        return [(full, holding.name)]
    if not holding.name or step.function is None:
        return []
    found = []
    for use in names.uses(source, step.function, holding.name):
        part, value = kept_part.part_of(source, use)
        above = source.parent(value)
        if isinstance(above, cst.Assign) and len(above.targets) == 1 and isinstance(above.targets[0].target, cst.Attribute):
            found.append((full + part, source.code(above.targets[0].target)))
    return found


def before_both(chain: Sequence[Step], first: Sequence[Step]) -> Origin:
    """Two callees obtain it, and neither hands it on: the function that calls both obtains it before. Raises CannotRepair."""
    outer = first[0]
    statement = outer.source.statement(outer.call)
    flow.require_before(outer.source, statement, chain[0].call)
    name, pick, edits = obtaining.obtained_before(first, statement)
    return Origin(InHand(((pick, name),)), sure=False, edits=edits)


def taken_over(first: Sequence[Step], later: Step) -> Origin:
    """A callee obtains it, then the function itself somewhere further down: it is obtained before, and the later call is its name."""
    outer = first[0]
    statement = outer.source.statement(outer.call)
    flow.require_before(outer.source, statement, later.call)
    holding = records.held(later.source, later.call)
    if holding.flag and outer.function is not None and names.uses(outer.source, outer.function, holding.flag):
        raise CannotRepair(f"`{holding.flag}` of the second call is used too")
    own = _own_words(later, holding)
    name, pick, edits = obtaining.obtained_before(first, statement, own)
    if pick != holding.pick or holding.flag:
        raise CannotRepair("the two calls take the record out of a pair in different ways")
    later_edit = outer.source.replace(records.picked(outer.source, holding), name)
    return Origin(InHand(((pick, name),)), sure=False, edits=(*edits, later_edit))


def _own_words(later: Step, holding: Holding) -> str:
    """The later call as it stands, when it says the same at any place of the function; "" when it does not."""
    source, function = later.source, later.function
    text = source.code(holding.value)
    if function is None or "\n" in text or any(names.bindings(source, function, name) for name in names.free(holding.value)):
        return ""
    return text


def moved_up(first: Sequence[Step], later: Step) -> Origin:
    """A callee obtains it, then the function itself: its own call is moved up. Raises CannotRepair where that changes the call."""
    source, function = later.source, later.function
    if function is None:
        raise CannotRepair("the record is obtained by code outside functions")
    holding = records.held(source, later.call)
    if not holding.alone or not holding.local:
        raise CannotRepair(f"`{later.name}()` does not keep the record in a variable")
    block = statements.block_of(source, holding.statement)
    top = next((one for one in (first[0].call, *source.parents(first[0].call)) if one in block), None)
    if not isinstance(top, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        raise CannotRepair(f"`{later.name}()` obtains the record only after the call")
    start, end = source.span(top).row, source.span(holding.statement).row
    for name in sorted({holding.name, *names.free(holding.value)}):
        uses = names.uses(source, function, name) if name == holding.name else ()
        if any(start <= source.span(node).row < end for node in (*names.bindings(source, function, name), *uses)):
            raise CannotRepair(f"`{name}` is bound between the call and `{source.code(holding.call)}`")
    depth = len(statements.indent(source, holding.statement))
    rows = range(*(row + number for number, row in enumerate(statements.rows(source, holding.statement))))
    lines = [source.line(row)[depth:] for row in rows]
    edits = (statements.before(source, top, lines), statements.remove(source, holding.statement))
    return Origin(InHand(((holding.pick + holding.form, holding.name),)), sure=False, edits=edits)
