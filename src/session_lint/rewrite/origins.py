"""Where the record of a repeat is first in hand, and under which names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.intent import Intent
from session_lint.rewrite import chains, flow, guards, names, obtaining, records, statements, variables
from session_lint.rewrite.chains import InHand, Step
from session_lint.rewrite.records import Holding
from session_lint.rewrite.source import CannotRepair, Source, called_name


@dataclass(frozen=True, slots=True)
class Origin:
    """What the function where both halves meet has in hand. `sure`: it is there on every way, and nobody else can set it."""

    in_hand: InHand
    sure: bool
    edits: tuple[Edit, ...] = ()


def origin(chain: Sequence[Step], first: Sequence[Step]) -> Origin:
    """How the record is at hand before the first call of `chain`. Raises CannotRepair with the reason when it is not."""
    return _obtained(chain, first[0]) if len(first) == 1 else _stored(chain, first)


def require_same(intent: Intent, first: Step, second: Step) -> None:
    """Raises CannotRepair when two calls may return different things for one record."""
    left, right = (intent.link(step.source.place(called_name(step.call))).targets for step in (first, second))
    ours, theirs = (step.source.code(step.call.func).rsplit(".", 2)[-2:] for step in (first, second))
    if left != right or (not left and ours[-1] != theirs[-1]):
        raise CannotRepair(f"`{ours[-1]}()` and `{theirs[-1]}()` may return different things")


def _obtained(chain: Sequence[Step], first: Step) -> Origin:
    """The function itself obtains it."""
    source, function = first.source, first.function
    if function is None:
        raise CannotRepair("the record is obtained by code outside functions")
    holding = records.held(source, first.call)
    flow.require_before(source, holding.statement, chain[0].call)
    if not holding.name:
        return _named(chain, first, function, holding)
    root = holding.name.split(".", 1)[0]
    flow.require_unchanged(source, function, root, holding.statement, chain[0].call)
    known = [(holding.pick + holding.form, holding.name)]
    return Origin(InHand(tuple(known)), sure=holding.local)


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
        part, value = _part(source, use)
        above = source.parent(value)
        if isinstance(above, cst.Assign) and len(above.targets) == 1 and isinstance(above.targets[0].target, cst.Attribute):
            found.append((full + part, source.code(above.targets[0].target)))
    return found


def _part(source: Source, use: cst.Name) -> tuple[str, cst.BaseExpression]:
    suffix = records.suffix_of(source, use, source.parent(use))
    above = source.parent(use)
    return (suffix, above) if suffix and isinstance(above, cst.BaseExpression) else ("", use)


def before_both(chain: Sequence[Step], first: Sequence[Step]) -> Origin:
    """Two callees obtain it, and neither hands it on: the function that calls both obtains it before. Raises CannotRepair."""
    outer = first[0]
    statement = outer.source.statement(outer.call)
    flow.require_before(outer.source, statement, chain[0].call)
    found = obtaining.in_terms_of_caller(first)
    name, pick = obtaining.variable(first)
    target = f"{name}, _" if pick else name
    line = statements.before(outer.source, statement, [f"{target} = {found.call}"])
    return Origin(InHand(((pick, name),)), sure=False, edits=(*found.edits, line))


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
