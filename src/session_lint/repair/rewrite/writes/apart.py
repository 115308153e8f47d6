"""The clear in a helper that does more than that: where nobody else calls the helper, the clear alone goes, and the rest stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from session_lint.facts.intent import Intent
from session_lint.facts.summary import Replacement
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import order, statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import clears, helpers


def helper(intent: Intent, material: Replacement, sources: Sources) -> cst.FunctionDef | None:
    """The function with the clear, when that can be taken out of it: it runs for this one insert only, and always."""
    found: cst.FunctionDef | None = None
    for step in material.clear_chain[1:]:
        source = sources[step.place.path]
        call = source.call_at(step.place.span)
        found = source.function_around(call)
        if found is None or clears.only_in_lambda(source, call) or not helpers.called_once(intent, step, sources):
            return None
        order.unconditional(source, source.statement(call), found)
    return found


def require_apart(source: Source, function: cst.FunctionDef, gone: Sequence[Statement], resource: str) -> None:
    """Raises CannotRepair when what stays of a helper would miss the clear: it uses the rows, or is left with nothing to do."""
    name = function.name.value
    if len(statements.block_of(source, gone[0])) == len(gone):
        raise CannotRepair(f"nothing would be left of a block of `{name}`")
    inside = {row for one in gone for row in _rows(source, one)}
    inside |= {row for one in source.imports for row in range(source.span(one).row, source.span(one).end_row + 1)}
    first, last = statements.rows(source, function)
    for row in range(first, last + 1):
        if row not in inside and re.search(rf"\b{re.escape(resource)}\b(?!\s*\()", source.line(row)):
            raise CannotRepair(f"`{name}` uses `{resource}` besides the clear, at {source.path}:{row}")
    for local in sorted({local for one in gone for local in names.free(one) if names.bindings(source, function, local)}):
        if all(source.span(use).row in inside for use in names.uses(source, function, local)):
            raise CannotRepair(f"`{local}` of `{name}` is there for the clear alone")


def _rows(source: Source, statement: Statement) -> range:
    first, last = statements.rows(source, statement)
    return range(first, last + 1)
