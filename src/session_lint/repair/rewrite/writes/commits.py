"""A commit between two statements, taken out so that a later one ends one transaction for both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import order, statements
from session_lint.repair.rewrite.statements.regions import Run
from session_lint.repair.rewrite.writes import hazards

_TRIES = cst.Try | cst.TryStar
_LOOPS = cst.For | cst.While
_BROUGHT_BACK = "an error of the insert now brings back the old rows"
_MOVED = "the commit of each turn comes once, behind the loop"


@dataclass(frozen=True, slots=True)
class Joined:
    """The commits of `receiver` are taken out by `edits`; `notes` say what changes besides."""

    receiver: str
    edits: tuple[Edit, ...]
    notes: tuple[str, ...] = ()
    body: tuple[cst.BaseStatement, ...] = ()  # what is then in one transaction, where that is all of two blocks


def joined(run: Run, clear: cst.Call, insert: cst.Call, *, flush: bool = False, helper: Joined | None = None) -> Joined:
    """The commits between two calls taken out; with `flush`, a flush takes their place.

    `helper`: what takes out the commit of the function that the clear is in, when it is called by the first call.

    Raises CannotRepair unless they are plain statements behind the clear, of one receiver that surely commits again behind the
    insert, and nothing in between leaves the function, rolls back or goes on after an error with only half of the work.
    """
    source = run.source
    rows = range(source.span(clear).row + 1, source.span(insert).row)
    blocks = [run.body, *_around(run, clear)]
    between = [one for block in blocks for one in of(block) if source.span(one).row in rows]
    receivers = {of_whom(source, one) for one in between} | ({helper.receiver} if helper is not None else set())
    ends = [node for node in hazards.nodes(run.body) if isinstance(node, cst.Call) and is_end(node)]
    inside = [node for node in ends if source.span(node).row in rows and not _rolled_back(run, node, clear)]
    if len(receivers) != 1 or len(inside) != len(between):
        raise CannotRepair("a commit stands between the clear and the insert, in a helper or a branch: it has to go first")
    receiver = receivers.pop()
    for attempt in hazards.swallowing(run.body):
        last = between or [one for one in (source.statement(clear),) if isinstance(one, cst.SimpleStatementLine)]
        if source.span(attempt).end_row >= rows.start and not _whole(run, attempt, receiver, last, (clear, insert)):
            raise CannotRepair("a commit stands between the clear and the insert, and errors there are caught: it has to go first")
    _no_way_out(run, insert)
    edits = tuple(gone(source, one, flush=flush) for one in between)
    moved = _commits_again(run, insert, receiver)
    notes = ((_MOVED,) if moved else ()) + ((_BROUGHT_BACK,) if isinstance(run.body[-1], _TRIES) else ())
    if helper is not None:
        edits, notes = helper.edits + edits, helper.notes + notes
    return Joined(receiver, edits + moved, notes)


def in_helper(source: Source, call: cst.Call, *, flush: bool) -> Joined | None:
    """The commit that ends the function of a call, taken out; None when it has none. Raises CannotRepair for any other shape."""
    function = source.function_around(call)
    if function is None:
        raise CannotRepair("a commit stands between the clear and the insert, in a helper or a branch: it has to go first")
    ends = [node for node in hazards.nodes([function.body]) if isinstance(node, cst.Call) and is_end(node)]
    if not ends:
        return None
    if hazards.swallowing([function.body]):
        raise CannotRepair(f"`{function.name.value}` commits the clear, and goes on after errors")
    commit = source.statement(ends[0])
    following = _to_the_end(source, commit)
    if len(ends) > 1 or _ending(commit) is not ends[0] or not isinstance(commit, cst.SimpleStatementLine) or following is None:
        raise CannotRepair(f"`{function.name.value}` commits the clear, and does more behind it")
    if source.span(commit).row < source.span(call).row or not any(source.parent(commit) is above for above in source.parents(call)):
        raise CannotRepair(f"`{function.name.value}` commits the clear elsewhere")
    note = f"`{function.name.value}` no longer commits: nothing else calls it"
    return Joined(of_whom(source, commit), (gone(source, commit, flush=flush),), (note,))


def _to_the_end(source: Source, commit: cst.CSTNode) -> bool | None:
    """Whether nothing comes behind a statement in its function, but a `return` of something at hand; None if something does."""
    inner = commit
    for above in source.parents(commit):
        if isinstance(above, cst.IndentedBlock):
            behind = above.body[_place(above, inner) + 1 :]
            if any(not isinstance(one, cst.SimpleStatementLine) or not isinstance(one.body[0], cst.Return) for one in behind):
                return None
        if isinstance(above, cst.FunctionDef):
            return True
        inner = above
    return None


def gone(source: Source, commit: cst.SimpleStatementLine, *, flush: bool) -> Edit:
    """Takes out a commit; with `flush`, a flush takes its place."""
    call = _ending(commit)
    if flush and call is not None and isinstance(call.func, cst.Attribute):
        return source.replace(call.func.attr, "flush")
    return statements.remove(source, commit)


def _around(run: Run, call: cst.Call) -> Iterator[Sequence[cst.BaseStatement]]:
    """The blocks of the `if` and `try` statements of a run around a call, below the run itself."""
    inner: cst.CSTNode = call
    for above in run.source.parents(call):
        if above is run.block or isinstance(above, cst.With | _LOOPS):  # a `with` may end the session
            return
        if isinstance(above, cst.If | _TRIES) and above.body is inner and isinstance(inner, cst.IndentedBlock):
            yield inner.body
        inner = above


def _whole(
    run: Run, attempt: hazards.Attempt, receiver: str, between: Sequence[cst.SimpleStatementLine], calls: tuple[cst.Call, cst.Call]
) -> bool:
    """Whether a `try` that goes on after an error takes back either all of the work or, around the clear, just that."""
    clear, insert = calls
    if not isinstance(attempt, _TRIES) or not _ends_well(run.source, attempt, receiver) or attempt.orelse or attempt.finalbody:
        return False
    if attempt is run.body[-1] and hazards.inside(insert, attempt.body):
        return True
    return hazards.inside(clear, attempt.body) and all(attempt.body.body[-1] is one for one in between)


def _ends_well(source: Source, attempt: cst.Try | cst.TryStar, receiver: str) -> bool:
    """Whether each handler of a `try` raises, or rolls back what the receiver has done."""
    for handler in attempt.handlers:
        last = handler.body.body[-1]
        raises = isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Raise)
        if not raises and not any(of_whom(source, one) == receiver for one in _ends(handler.body.body, "rollback")):
            return False
    return True


def _rolled_back(run: Run, call: cst.Call, clear: cst.Call) -> bool:
    """Whether a call is the rollback of an `except` around the clear, or of the last statement of a run."""
    handler = run.source.around(call, cst.ExceptHandler | cst.ExceptStarHandler)
    attempt = run.source.parent(handler) if handler is not None else None
    if not isinstance(attempt, _TRIES) or _method(call) != "rollback":
        return False
    return attempt is run.body[-1] or hazards.inside(clear, attempt.body)


def _no_way_out(run: Run, insert: cst.Call) -> None:
    """Raises CannotRepair when the function may be left between the two: the clear would no longer be committed then."""
    source = run.source
    between: list[statements.Statement] = list(run.body[1:-1])
    inner: cst.CSTNode = source.statement(insert)
    while inner is not run.body[-1]:
        block = source.parent(inner)
        if isinstance(block, cst.IndentedBlock) and run.body[-1] is not run.body[0]:
            between += [one for one in block.body[: _place(block, inner)] if isinstance(one, statements.Statement)]
        inner = block if block is not None else run.body[-1]
    try:
        order.no_way_out(source, between)
    except CannotRepair as error:
        raise CannotRepair("the function may be left between the clear and the insert, and nothing would commit the clear then") from error


def _commits_again(run: Run, insert: cst.Call, receiver: str) -> tuple[Edit, ...]:
    """Raises CannotRepair unless a commit is sure to follow the insert. The edits that take one out of a loop and put it behind."""
    source = run.source
    inner: cst.CSTNode = source.statement(insert)
    commit: cst.SimpleStatementLine | None = None
    edits: tuple[Edit, ...] = ()
    while inner is not run.block:
        block = source.parent(inner)
        assert block is not None
        if commit is None and isinstance(block, cst.IndentedBlock | cst.Module):
            later = block.body[_place(block, inner) + 1 :]
            commit = next((one for one in of(later) if of_whom(source, one) == receiver), None)
            order.no_way_out(source, later[: list(later).index(commit)] if commit is not None else ())
        elif commit is not None and isinstance(block, _LOOPS) and not edits:
            edits = _behind(source, block, commit)
        elif commit is not None and block is not run.block:
            _sure(source, block, receiver)
        inner = block
    if commit is None:
        raise CannotRepair("the commit between the clear and the insert is the only one: move it behind the insert")
    return edits


def _sure(source: Source, around: cst.CSTNode, receiver: str) -> None:
    """Raises CannotRepair when what stands around a commit may leave it out."""
    if isinstance(around, cst.If | cst.Match | cst.ExceptHandler | _LOOPS):
        raise CannotRepair("the commit behind the insert is in a branch: nothing else would commit the clear")
    if isinstance(around, _TRIES) and not _ends_well(source, around, receiver):
        raise CannotRepair("errors between the clear and the commit behind the insert are caught: nothing else would commit the clear")


def _place(block: cst.IndentedBlock | cst.Module, inner: cst.CSTNode) -> int:
    return next(number for number, one in enumerate(block.body) if one is inner)


def _behind(source: Source, loop: cst.For | cst.While, commit: cst.SimpleStatementLine) -> tuple[Edit, ...]:
    """The commit of each turn goes behind its loop."""
    block = source.parent(loop)
    if source.parent(commit) is not loop.body or loop.orelse is not None or not isinstance(block, cst.IndentedBlock | cst.Module):
        raise CannotRepair("the commit behind the insert is deep in a loop, whose first turn would end the transaction")
    order.no_way_out(source, [loop])
    following = block.body[list(block.body).index(loop) + 1 :][:1]
    known = any(source.code(one).strip() == source.code(commit).strip() for one in of(following))
    put = () if known else (statements.after(source, loop, [source.code(commit.body[0])]),)
    return (statements.remove(source, commit), *put)


def of(body: Sequence[cst.CSTNode]) -> Iterator[cst.SimpleStatementLine]:
    """The statements of a block that are `x.commit()`, awaited or not."""
    return _ends(body, "commit")


def _ends(body: Sequence[cst.CSTNode], method: str) -> Iterator[cst.SimpleStatementLine]:
    for statement in body:
        call = _ending(statement)
        if call is not None and isinstance(statement, cst.SimpleStatementLine) and _method(call) == method:
            yield statement


def _ending(statement: cst.CSTNode) -> cst.Call | None:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)]):
            return call if is_end(call) else None
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Await(expression=cst.Call() as call))]):
            return call if is_end(call) else None
    return None


def is_end(call: cst.Call) -> bool:
    """`x.commit()`, `x.rollback()`."""
    return _method(call) in ("commit", "rollback") and not call.args


def _method(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else ""


def of_whom(source: Source, statement: cst.SimpleStatementLine) -> str:
    call = _ending(statement)
    return source.code(call.func).rpartition(".")[0] if call is not None else ""
