"""Whether a record that is handed on is what the callee would have read: nothing runs in between, and the callee only reads it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.repair.rewrite.calls.chains import Step
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import Source
from session_lint.repair.rewrite.records import records
from session_lint.repair.rewrite.records.reaching import Region, loops_around
from session_lint.repair.rewrite.writes import harmless


def fresh(chain: Sequence[Step], first: Step) -> bool:
    """Whether from the call that obtains a record to the one that obtains it again nothing runs that could change it, or what it is asked
    by, and the function of the second one does nothing but read parts of it."""
    start = chain[0]
    if first.source is not start.source or first.function is not start.function or start.function is None:
        return False
    region = Region.between(start.source, first.call, start.call)
    holding = records.held(first.source, first.call)
    kept = frozenset({holding.name.partition(".")[0]}) | names.free(first.call)
    if region.loops or any(node not in start.source.parents(start.call) and node is not start.call for node in region.changes(kept)):
        return False
    row, column = region.start
    return (
        _quiet(start.source, start.function, (row, column), start.call)
        and all(step.function is not None and _quiet(step.source, step.function, (0, 0), step.call) for step in chain[1:])
        and _only_reads(chain[-1])
    )


def _quiet(source: Source, function: cst.FunctionDef, start: tuple[int, int], call: cst.Call) -> bool:
    """Whether nothing is called before a call in a function, from a point on, but what is known to give values."""
    if loops_around(source, call) and start == (0, 0):
        return False
    own = {call, *source.parents(call)}
    span = source.span(call)
    for one in harmless.calls(function.body):
        where = source.span(one)
        if one not in own and start <= (where.row, where.column) < (span.row, span.column) and harmless.unknown(source, one):
            return False
    return True


def _only_reads(step: Step) -> bool:
    """Whether a function takes parts of the record that it obtains, and neither changes it nor hands it on."""
    source, holding = step.source, records.held(step.source, step.call)
    if not holding.name:
        return bool(holding.form)
    if not holding.local or step.function is None:
        return False
    if holding.form:
        return True
    uses = names.uses(source, step.function, holding.name)
    return bool(uses) and all(_part(source, use) for use in uses) and len(names.bindings(source, step.function, holding.name)) == 1


def _part(source: Source, use: cst.Name) -> bool:
    """Whether a use takes a part of what a name holds: `window["title"]`, `basket.total`, and does not store there."""
    above = source.parent(use)
    if not records.suffix_of(source, use, above) or above is None:
        return False
    return not isinstance(source.parent(above), cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.Del)
