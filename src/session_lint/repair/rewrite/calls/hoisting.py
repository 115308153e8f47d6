"""A getter that several calls of one function make somewhere below them: obtained in that function, and passed down."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.analysis.cst.names import dotted_name
from session_lint.facts.finding import Edit, Fix
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Repeat
from session_lint.repair.rewrite.calls import chains, obtaining, origins, threads
from session_lint.repair.rewrite.calls.chains import InHand, Step
from session_lint.repair.rewrite.calls.origins import Origin
from session_lint.repair.rewrite.calls.trust import fix
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.naming import names_in
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.records import loops, records, variables
from session_lint.repair.rewrite.records.reaching import loops_around, require_reached, unconditional, walk
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.statements.statements import Statement

_LEAVING = cst.Continue | cst.Break | cst.Return | cst.Raise


def hoisted(intent: Intent, material: Repeat, sources: Sources) -> Fix:
    """The record obtained before the loop or the parallel calls, and threaded to each function that obtained it."""
    chain = chains.steps(intent, sources, material.chain)
    first = chains.steps(intent, sources, material.first_chain)
    turns = material.first_chain == material.chain
    both = (chain,) if turns else (first, chain)
    if any(len(one) == 1 for one in both):
        raise CannotRepair(f"`{chain[0].name}()` obtains the record itself and through a function in parallel")
    if not turns:
        origins.require_same(intent, sources, first[-1], chain[-1])
    found = obtaining.in_terms_of_caller(both[0])
    if not turns and found.call != obtaining.in_terms_of_caller(chain).call:
        raise CannotRepair("the two calls ask for the record with different arguments")
    anchor = _anchor(both, found.call, turns=turns)
    name, pick = obtaining.variable(both[0])
    source = both[0][0].source
    line = f"{name}, {variables.ignored_name(source)} = {found.call}" if pick else f"{name} = {found.call}"
    in_hand = (pick, name)
    part = _only_id(both, name)
    if part:
        line += f"\n{statements.indent(source, anchor)}{name}_id = {name}{part}"
        in_hand = (pick + part, f"{name}_id")
    edits = _above(both[0], anchor, line, found.edits)
    origin = Origin(InHand((in_hand,)), sure=False)
    passed = [threads.thread(intent, sources, one, origin) for one in both]
    doubts = [_doubt(material), *(_skipped(step) for one in both for step in one[1:])]
    if not material.certain:
        doubts.append("the key is only likely to be the same")
    below = tuple(dict.fromkeys(edit for one in passed for edit in one.edits))
    to = " and ".join(dict.fromkeys(f"`{one[-1].name}()`" for one in both))
    return fix(f"Obtain `{name}` once and pass it down to {to} as `{passed[-1].name}`", doubts, *edits, *below)


def _only_id(both: Sequence[Sequence[Step]], name: str) -> str:
    """`["id"]`, when that is all that every callee takes of its record, and nobody means anything else by `session_id`."""
    parts: set[str] = set()
    for step in (chain[-1] for chain in both):
        holding = records.held(step.source, step.call)
        if step.function is None or not holding.alone or not holding.local or holding.form:
            return ""
        uses = names.uses(step.source, step.function, holding.name)
        parts |= {records.suffix_of(step.source, use, step.source.parent(use)) for use in uses}
    functions = [step.function for chain in both for step in chain if step.function is not None]
    if any(f"{name}_id" in names.bound(one) | names.free(one) for one in functions):
        return ""
    return '["id"]' if parts == {'["id"]'} else ""


def _doubt(material: Repeat) -> str:
    if material.first_chain != material.chain:
        return "all of them then see the record as it was before"
    return "it now runs also when the loop has no turns"


def _skipped(step: Step) -> str:
    """What may keep a callee from its call. Raises CannotRepair where it is made under a condition."""
    statement, function = step.source.statement(step.call), step.function
    if function is None or step.source.parent(statement) is not function.body or not unconditional(step.source, step.call, statement):
        raise CannotRepair(f"`{step.name}()` obtains the record only under a condition")
    before = [one for one in function.body.body if step.source.span(one).row < step.source.span(statement).row]
    if any(isinstance(node, _LEAVING) for one in before for node in walk(one)):
        return f"`{step.name}()` may leave before it needs the record"
    return ""


def _anchor(both: Sequence[Sequence[Step]], call: str, *, turns: bool) -> Statement:
    """The statement before which the record is obtained: around what repeats the calls."""
    outer = both[0][0]
    source = outer.source
    if turns:
        read = cst.parse_expression(call)
        loop: cst.CSTNode | None = None
        for one in loops_around(source, outer.call):
            if not loops.invariant(one, read, names_in(read)):
                break
            loop = one
        if loop is None:
            raise CannotRepair(f"what `{call}` reads is bound in the loop")
        return loops.anchor(source, loop)
    statement = source.statement(outer.call)
    if not unconditional(source, outer.call, statement) or not isinstance(source.parent(statement), cst.IndentedBlock | cst.Module):
        raise CannotRepair(f"`{source.code(outer.call.func)}()` is called only under a condition")
    require_reached(source, statement, both[1][0].call)
    return statement


def _above(chain: Sequence[Step], anchor: Statement, line: str, needed: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The line before the anchor, with the import as the callee has it: at module level, or in the function."""
    outer, inner = chain[0], chain[-1]
    source = outer.source
    imported = _local_import(inner)
    if not needed or imported is None or outer.function is None:
        return (*needed, variables.insert_above(source, anchor, line))
    first, known = _after_imports(source, outer.function)
    if known:
        place = statements.after(source, known[-1], [imported])
        return (place, variables.insert_above(source, anchor, line))
    space = statements.indent(source, anchor)
    if first is anchor:
        return (variables.insert_above(source, anchor, f"{imported}\n\n{space}{line}"),)
    return (variables.insert_above(source, first, f"{imported}\n"), variables.insert_above(source, anchor, line))


def _local_import(step: Step) -> str | None:
    """The import, in the function itself, of what it calls the getter on."""
    root = dotted_name(step.call.func).partition(".")[0]
    for statement in step.function.body.body if step.function is not None else ():
        if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.ImportFrom) and len(statement.body) == 1:
            small = statement.body[0]
            aliases = () if isinstance(small.names, cst.ImportStar) else small.names
            if any(alias.asname is None and dotted_name(alias.name) == root for alias in aliases):
                return f"from {step.source.code(small.module)} import {root}" if small.module is not None and not small.relative else None
    return None


def _after_imports(source: Source, function: cst.FunctionDef) -> tuple[Statement, list[Statement]]:
    """The first statement of a function that is neither its docstring nor an import, and the imports before it."""
    known: list[Statement] = []
    for statement in statements.block_of(source, _first(function)):
        if not isinstance(statement, cst.SimpleStatementLine):
            break
        small = statement.body[0]
        if isinstance(small, cst.Import | cst.ImportFrom):
            known.append(statement)
        elif not (isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString | cst.ConcatenatedString)):
            return statement, known
    if isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        return statement, known
    raise CannotRepair(f"`{function.name.value}()` has no body")


def _first(function: cst.FunctionDef) -> Statement:
    found = function.body.body[0]
    if isinstance(found, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        return found
    raise CannotRepair(f"the body of `{function.name.value}()` shares its line with its head")
