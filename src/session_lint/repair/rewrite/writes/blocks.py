"""Two blocks that open a transaction each, one right after the other: the second becomes a part of the first."""

from __future__ import annotations

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import layout, order, statements
from session_lint.repair.rewrite.writes import commits, hazards
from session_lint.repair.rewrite.writes.commits import Joined


def joined(source: Source, clear: cst.Call, insert: cst.Call, *, flush: bool) -> Joined | None:
    """One block for the clear and the insert; None where they do not stand in two neighbours that open the same.

    Where the first ends with a commit, so has the second, and the first one goes; with `flush`, a flush takes its place. Raises
    CannotRepair where the first may end otherwise, or goes on after an error.
    """
    found = _neighbours(source, clear, insert)
    if found is None:
        return None
    first, second = found
    opened = _header(source, first)
    last, behind = _last_commit(first), _last_commit(second)
    if _ends(first) != (last is not None) or _ends(second) != (behind is not None):
        raise CannotRepair(f"more than the end of `{opened}` ends the transaction")
    if last is not None and (behind is None or source.code(last.body[0]) != source.code(behind.body[0])):
        raise CannotRepair(f"the second `{opened}` does not end as the first one does")
    if last is not None:
        order.no_way_out(source, [one for one in second.body.body if isinstance(one, cst.BaseStatement)])
    if hazards.swallowing((first, second)):
        raise CannotRepair(f"`{opened}` goes on after an error, which a transaction does not survive")
    gone = (_without(source, last, flush=flush),) if last is not None else ()
    body = tuple(one for block in found for one in block.body.body if isinstance(one, cst.BaseStatement) and one not in (last, behind))
    return Joined(opened, (*gone, _merged(source, first, second)), body=body)


def _neighbours(source: Source, clear: cst.Call, insert: cst.Call) -> tuple[cst.With, cst.With] | None:
    """The statements that the two calls are in, where both enter the same and follow each other."""
    above = [node for node in source.parents(insert) if isinstance(node, cst.With)]
    for first in (node for node in source.parents(clear) if isinstance(node, cst.With)):
        block = source.parent(first)
        if not isinstance(block, cst.IndentedBlock | cst.Module) or first not in block.body:
            continue
        at = list(block.body).index(first) + 1
        second = block.body[at] if at < len(block.body) else None
        if isinstance(second, cst.With) and second in above and _same(source, first, second):
            return first, second
    return None


def _same(source: Source, first: cst.With, second: cst.With) -> bool:
    blocks = isinstance(first.body, cst.IndentedBlock) and isinstance(second.body, cst.IndentedBlock)
    return blocks and _header(source, first) == _header(source, second) and (first.asynchronous is None) is (second.asynchronous is None)


def _header(source: Source, block: cst.With) -> str:
    """What a block enters, as written: `engine.begin() as conn`."""
    return ", ".join(source.code(one).rstrip(", ") for one in block.items)


def _last_commit(block: cst.With) -> cst.SimpleStatementLine | None:
    last = block.body.body[-1]
    return next(iter(commits.of((last,))), None)


def _ends(block: cst.With) -> int:
    return sum(isinstance(node, cst.Call) and commits.is_end(node) for node in hazards.nodes(block.body.body))


def _without(source: Source, commit: cst.SimpleStatementLine, *, flush: bool) -> Edit:
    block = statements.block_of(source, commit)
    if len(block) == 1 or statements.comments(source, commit):
        raise CannotRepair(f"more than a commit stands at {source.path}:{source.span(commit).row}")
    return commits.gone(source, commit, flush=flush)


def _merged(source: Source, first: cst.With, second: cst.With) -> Edit:
    """The lines from the end of the first block to the body of the second go; comments between stay, a step to the right."""
    start, end = statements.rows(source, first)[1] + 1, source.span(second.body.body[0]).row
    head = source.span(second).row
    comments = [source.line(row) for row in range(start, head) if source.line(row).strip()]
    inside = [source.line(row) for row in range(head, end) if "#" in source.line(row)]
    if inside or end <= head or any(not line.lstrip().startswith("#") for line in comments):
        raise CannotRepair(f"a comment at {source.path}:{head} would be lost")
    step = layout.unit(source)
    return Edit(source.path, "".join(f"{step}{line}\n" for line in comments), Span(start, 1, end, 1))
