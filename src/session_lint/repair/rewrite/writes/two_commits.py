"""A clear, its commit, an insert and its commit, one after the other: without the first commit they are neighbours in one transaction."""

from __future__ import annotations

import libcst as cst

from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import Source
from session_lint.repair.rewrite.statements import statements
from session_lint.repair.rewrite.writes import commits, harmless, hazards


def statements_of(source: Source, clear: cst.Call, insert: cst.Call, receiver: str) -> tuple[cst.BaseStatement, ...]:
    """The two statements of a clear, a commit, an insert and a commit that follow each other in one block, where nothing of the function
    waits for the first commit; () for any other."""
    block = list(statements.block_of(source, source.statement(clear)))
    begin = block.index(source.statement(clear))
    four = block[begin : begin + 4]
    if len(four) < 4 or not hazards.inside(insert, four[2]):
        return ()
    ends = [commits.of([four[number]]) for number in (1, 3)]
    if any([commits.of_whom(source, one) for one in end] != [receiver] for end in ends) or _pending(source, clear, receiver):
        return ()
    return (four[0], four[2])


def _pending(source: Source, clear: cst.Call, receiver: str) -> bool:
    """Whether something was done on a connection before the clear that its first commit may be for."""
    function = source.function_around(clear)
    if function is None:
        return True
    row, root = source.span(source.statement(clear)).row, receiver.partition(".")[0]
    for one in harmless.calls(function.body):
        if source.span(one).row < row and not any(above is one for above in source.parents(clear)):
            given = [one.func, *(arg.value for arg in one.args)]
            if any(node.value == root for part in given for node in names.reads(part)) and not _opens(source, one, root):
                return True
    return False


def _opens(source: Source, call: cst.Call, root: str) -> bool:
    """`self.engine.connect()` for `with self.engine.connect() as conn`: what the name itself comes from."""
    return root in ("self", "cls") and source.around(call, cst.WithItem) is not None
