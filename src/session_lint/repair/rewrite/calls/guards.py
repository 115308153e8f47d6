"""A getter call made conditional: it runs only where the record was not passed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.rewrite.calls.chains import InHand, Step
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.records import kept_part, records, variables
from session_lint.repair.rewrite.records.kept_part import KeptPart
from session_lint.repair.rewrite.records.records import IDENTITY, Holding
from session_lint.repair.rewrite.statements import layout
from session_lint.repair.rewrite.statements.statements import indent, rows


@dataclass(frozen=True, slots=True)
class Guarded:
    """A parameter that spares a getter call.

    `name` is the parameter, `given` what the caller passes for it, `form` the part of the record it takes. `identity`: nothing
    but the record's id is used, so that an older copy of the record is as good as a new one. `own`: a variable becomes the parameter.
    """

    name: str
    given: str
    form: str
    identity: bool
    own: bool
    edits: tuple[Edit, ...]
    kind: str = ""  # what the variable was said to be


def guarded(step: Step, in_hand: InHand) -> Guarded:
    """The getter call of the last step behind a guard, by what the caller has in hand. Raises CannotRepair with the reason."""
    if step.function is None:
        raise CannotRepair("the record is obtained again by code outside functions, which takes no parameters")
    holding = records.held(step.source, step.call)
    layout.require_lines(step.source, holding.statement)
    if holding.flag and any(True for _ in names.uses(step.source, step.function, holding.flag)):
        raise CannotRepair(f"`{holding.flag}` of the second call is used too")
    if holding.alone and holding.local:
        return _variable(step, step.function, holding, in_hand)
    return _inline(step, step.function, holding, in_hand)


def _variable(step: Step, function: cst.FunctionDef, holding: Holding, in_hand: InHand) -> Guarded:
    source, full = step.source, holding.pick + holding.form
    row = source.span(holding.statement).row
    for node in names.bindings(source, function, holding.name):
        if source.span(node).row < row or (source.span(node).row > row and _loop(source, holding.statement)):
            raise CannotRepair(f"`{holding.name}` is bound more than once in `{step.name}()`")
    uses = names.uses(source, function, holding.name)
    shorter = _only(source, uses, in_hand, full)
    given = in_hand.get(full)
    if given and (not shorter[0] or _whole(in_hand, full)):
        identity = holding.form in IDENTITY or all(_taken(source, use) in IDENTITY for use in uses)
        kind = _said(source, holding)
        edit = _unsaid(layout.wrap(source, holding.statement, f"if {holding.name} is None:"), holding.name, kind)
        return Guarded(holding.name, given, full, identity, own=True, edits=(edit,), kind=kind)
    found = kept_part.kept(source, function, holding)
    if found is not None and in_hand.get(full + found.part):
        return _kept(step, holding, found, in_hand)
    if not shorter[0]:
        raise CannotRepair(_missing(step, in_hand))
    part, text = shorter
    name = _last(text)
    space = indent(source, holding.statement) + layout.unit(source)
    wrapped = layout.wrap(source, holding.statement, f"if {name} is None:")
    line = replace(wrapped, content=f"{wrapped.content}\n{space}{name} = {holding.name}{part}")
    parents = [source.parent(use) for use in uses]
    edits = [source.replace(node, name) for node in parents if node is not None]
    return Guarded(name, text, full + part, part in IDENTITY, own=False, edits=(line, *edits))


def _kept(step: Step, holding: Holding, found: KeptPart, in_hand: InHand) -> Guarded:
    """A part of the record goes into a variable of its own, and nothing else is done with it: that variable becomes the parameter."""
    source, form = step.source, holding.pick + holding.form + found.part
    layout.require_lines(source, found.statement)
    edit = _unsaid(layout.wrap(source, holding.statement, f"if {found.name} is None:", found.statement), found.name, found.said)
    return Guarded(found.name, in_hand.get(form), form, found.part in IDENTITY, own=True, edits=(edit,), kind=found.said)


def _unsaid(edit: Edit, name: str, kind: str) -> Edit:
    """Without the annotation, which goes to the parameter."""
    return replace(edit, content=re.sub(rf"\b{name}: {re.escape(kind)}", name, edit.content, count=1)) if kind else edit


def _said(source: Source, holding: Holding) -> str:
    """The annotation of the variable, which goes to the parameter."""
    small = holding.statement.body[0] if isinstance(holding.statement, cst.SimpleStatementLine) else None
    return source.code(small.annotation.annotation) if isinstance(small, cst.AnnAssign) else ""


def _unused(step: Step, holding: Holding, name: str, in_hand: InHand) -> Guarded:
    """A call whose result nobody takes: it is left out where the record is there."""
    form, given = next(((form, text) for form, text in ((holding.pick, in_hand.get(holding.pick)), *in_hand.expressions) if text), ("", ""))
    if not given:
        raise CannotRepair(_missing(step, in_hand))
    edit = layout.wrap(step.source, holding.statement, f"if {name} is None:")
    return Guarded(name, given, form, identity=True, own=False, edits=(edit,))


def _inline(step: Step, function: cst.FunctionDef, holding: Holding, in_hand: InHand) -> Guarded:
    """A call within a statement: the guard stands before it, and a name takes the place of the call."""
    source = step.source
    records.require_always(source, holding)
    kept = holding.name.rsplit(".", 1)[-1] if holding.name and not holding.form else ""
    given, form, node = in_hand.get(holding.pick), holding.pick, records.picked(source, holding)
    name = kept or records.noun(source, holding.call)
    if not given:
        form, node = holding.pick + holding.form, holding.whole
        given = in_hand.get(form)
        name = holding.name.rsplit(".", 1)[-1] or _last(given)
    if not given:
        raise CannotRepair(_missing(step, in_hand))
    taken = names.bound(function) | names.free(function)
    name = next((one for one in (name, _last(given)) if one and one not in taken), "")
    if not name:
        raise CannotRepair(f"`{_last(given)}` already means something else in `{step.name}()`")
    if _alone(holding):
        return _unused(step, holding, name, in_hand)
    identity = form in IDENTITY or holding.form in IDENTITY
    edits = (before(source, holding, f"if {name} is None:", f"{name} = ", node), variables.substitute(source, node, name))
    return Guarded(name, given, form, identity, own=False, edits=edits)


def _alone(holding: Holding) -> bool:
    """Whether the statement is the call and nothing else."""
    small = holding.statement.body[0] if isinstance(holding.statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Expr) and small.value is holding.value


def before(source: Source, holding: Holding, header: str, start: str, node: cst.BaseExpression) -> Edit:
    """Lines before a statement that give a name to an expression of it, under a header or, without one, as they are."""
    code = source.code(node)
    if '"""' in code or "'''" in code:
        raise CannotRepair(f"the call at {source.path}:{source.span(node).row} has a string over several lines")
    space = indent(source, holding.statement)
    inner = space + layout.unit(source) if header else space
    own = source.line(source.span(node).row)
    shift = len(inner) - (len(own) - len(own.lstrip()))
    first, *rest = code.split("\n")
    lines = [f"{inner}{start}{first}", *(_shifted(line, shift) for line in rest)]
    text = "".join(f"{line}\n" for line in ([f"{space}{header}"] if header else []) + lines)
    return source.insert(rows(source, holding.statement)[0], 1, text)


def _shifted(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line if line.strip() else line
    return line[min(-by, len(line) - len(line.lstrip())) :]


def _only(source: Source, uses: tuple[cst.Name, ...], in_hand: InHand, full: str) -> tuple[str, str]:
    """The one part of the record that all uses take, and the caller's expression for it; ("", "") when there is none."""
    for form, text in in_hand.expressions:
        part = form.removeprefix(full)
        if part and form.startswith(full) and uses and all(_taken(source, use) == part for use in uses):
            return part, text
    return ("", "")


def _whole(in_hand: InHand, full: str) -> bool:
    """Whether the caller has all that the callee's variable holds, under a name of its own."""
    return any(form == full or full.startswith(form) for form, _ in in_hand.expressions)


def _taken(source: Source, use: cst.Name) -> str:
    return records.suffix_of(source, use, source.parent(use))


def _last(text: str) -> str:
    return text.rsplit(".", 1)[-1] if text.replace(".", "_").isidentifier() else ""


def _loop(source: Source, statement: cst.CSTNode) -> bool:
    return source.around(statement, cst.For | cst.While | cst.FunctionDef).__class__ is not cst.FunctionDef


def _missing(step: Step, in_hand: InHand) -> str:
    known = ", ".join(f"`{text}`" for _, text in in_hand.expressions) or "nothing of it"
    return f"`{step.name}()` needs more of the record than {known}, which is what its caller has"
