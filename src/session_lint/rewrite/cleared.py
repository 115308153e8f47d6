"""Taking out the clear that comes before an insert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m

from session_lint.facts.chain import ChainStep
from session_lint.facts.finding import Edit
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Replacement
from session_lint.rewrite import names, order, otherwise, statements
from session_lint.rewrite.source import CannotRepair, Source, Sources
from session_lint.rewrite.statements import Statement

_RUNS = frozenset({"execute", "exec", "run", "scalars"})
_HARMLESS = frozenset({"commit", "flush", "close", "cursor"})


@dataclass(frozen=True, slots=True)
class Removal:
    """The edits that take the clear out of `path`, the comments that go with its lines, and imported names that nothing else reads.

    `kept`: the clear has moved to where the insert is left out.
    """

    path: str
    edits: tuple[Edit, ...]
    comments: tuple[str, ...] = ()
    unused: frozenset[str] = frozenset()
    kept: bool = False


def removal(intent: Intent, material: Replacement, sources: Sources) -> Removal:
    """Takes out the statement of the clear in the meeting function: the clear itself, or the call of a helper that does nothing else.

    Raises CannotRepair when that could lose more than the clear, or when the insert does not always follow it.
    """
    place = material.clear_chain[0].place
    source = sources[place.path]
    for step in material.clear_chain[1:]:
        _only_clears(sources[step.place.path], step)
    call = source.call_at(place.span)
    insert = source.statement(source.call_at(material.chain[0].place.span))
    gone = _clearing(source, call)
    if insert in gone:
        raise CannotRepair("the clear and the insert are one statement")
    gone = _whole_blocks(source, gone, insert)
    _only_caller(intent, material, sources)
    branch = otherwise.branch(source, gone, insert)
    if branch is not None:
        return Removal(source.path, otherwise.moved(source, gone[0], branch), kept=True)
    order.always_follows(source, gone[-1], insert)
    gone += _commit_between(source, gone[-1], insert)
    comments = tuple(text for statement in gone for text in statements.comments(source, statement))
    edits = tuple(statements.remove(source, *run) for run in _runs(source, gone))
    return Removal(source.path, edits, comments, _unread(source, gone))


def _unread(source: Source, gone: Sequence[Statement]) -> frozenset[str]:
    """Names that are read nowhere but in the statements that go, as far as the file itself shows."""
    if source.path.endswith("__init__.py"):
        return frozenset()
    read = {name for statement in gone for name in names.free(statement)}
    return frozenset(name for name in read if len(names.uses(source, source.module, name)) == _reads(source, gone, name))


def _reads(source: Source, gone: Sequence[Statement], name: str) -> int:
    exported = f'"{name}"' in source.text or f"'{name}'" in source.text
    return -1 if exported else sum(len(names.uses(source, statement, name)) for statement in gone)


# -- what goes -------------------------------------------------------------------------------------------------------


def _clearing(source: Source, call: cst.Call) -> list[Statement]:
    """The statements of a clear: one, or what builds it and what runs it. Raises CannotRepair when something else uses its result."""
    statement = source.statement(call)
    _plain(source, call, statement)
    name = _bound(statement)
    if name is None:
        return [statement]
    users = _users(source, statement, name)
    if not users:
        return [statement]
    if len(users) == 1 and _runs_it(users[0], name):
        return [statement, users[0]]
    raise CannotRepair("the result of the clear is used")


def _plain(source: Source, call: cst.Call, statement: Statement) -> None:
    """Raises CannotRepair unless a call, the fluent chain after it included, is all that its statement evaluates."""
    if not isinstance(statement, cst.SimpleStatementLine):
        raise CannotRepair(f"the clear is part of a condition or of the head of a block at {source.path}:{source.span(call).row}")
    small = statement.body[0]
    value = small.value if isinstance(small, cst.Expr | cst.Assign | cst.AnnAssign) else None
    while isinstance(value, cst.Await):
        value = value.expression
    node: cst.CSTNode | None = value
    seen = False
    while isinstance(node, cst.Call | cst.Attribute | cst.Await):  # down the chain to the called name
        seen = seen or node is call
        node = node.expression if isinstance(node, cst.Await) else node.func if isinstance(node, cst.Call) else node.value
    if not seen and not (isinstance(value, cst.Call) and _runs_argument(value, source, call)):
        raise CannotRepair("the result of the clear is used")


def _runs_argument(runner: cst.Call, source: Source, call: cst.Call) -> bool:
    """`db.execute(delete(T).where(...))`: the clear is what a runner is given."""
    name = runner.func.attr.value if isinstance(runner.func, cst.Attribute) else ""
    return name in _RUNS and bool(runner.args) and any(above is runner.args[0] for above in source.parents(call))


def _bound(statement: Statement) -> str | None:
    """The name that a statement binds, None for none. Raises CannotRepair for any other target."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    match small:
        case cst.Expr():
            return None
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))]) | cst.AnnAssign(target=cst.Name(name)):
            return str(name)
    raise CannotRepair("the result of the clear is used")


def _users(source: Source, statement: Statement, name: str) -> list[Statement]:
    """The statements after one that read the name it binds, until the name is bound anew."""
    block = list(statements.block_of(source, statement))
    found: list[Statement] = []
    for later in block[block.index(statement) + 1 :]:
        if not _mentions(later, name):
            continue
        if _rebinds(later, name):
            return found
        if not isinstance(later, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            raise CannotRepair("the result of the clear is used")
        found.append(later)
    scope = source.function_around(statement) or source.module
    inside = sum(_mentions(one, name) for one in block)
    if _mentions(scope, name) > inside:
        raise CannotRepair("the result of the clear is used")
    return found


def _mentions(node: cst.CSTNode, name: str) -> int:
    return len(m.findall(node, m.Name(name)))


def _rebinds(statement: cst.BaseStatement, name: str) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(known))], value=value)]):
            return known == name and not _mentions(value, name)
    return False


def _runs_it(statement: Statement, name: str) -> bool:
    """`db.execute(stmt)`, `stmt.execute()`."""
    call = _called(statement)
    if call is None or not isinstance(call.func, cst.Attribute) or call.func.attr.value not in _RUNS:
        return False
    match call:
        case cst.Call(func=cst.Attribute(value=cst.Name(known)), args=[]):
            return known == name
        case cst.Call(args=[cst.Arg(value=cst.Name(known)), *rest]):
            return known == name and not any(_mentions(arg, name) for arg in rest)
    return False


def _called(statement: cst.CSTNode) -> cst.Call | None:
    """The call that is all of a statement, awaited or not."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call() as call)]):
            return call
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.Await(expression=cst.Call() as call))]):
            return call
    return None


def _whole_blocks(source: Source, gone: list[Statement], insert: Statement) -> list[Statement]:
    """The `with` around the clear, when it holds nothing else: `with connect() as conn: conn.execute("DELETE ...")`."""
    while True:
        block = source.parent(gone[0])
        around = source.parent(block) if block is not None else None
        if not isinstance(around, cst.With) or insert in source.parents(gone[0]) or around in source.parents(insert):
            return gone
        if not all(one in gone or _harmless(one) for one in around.body.body):
            return gone
        gone = [around]


def _harmless(statement: cst.CSTNode) -> bool:
    """Ends, flushes or opens what a clear ran in; does nothing without it."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Pass()]):
            return True
        case cst.SimpleStatementLine(body=[cst.Assign(value=cst.Call() as call)]):
            return isinstance(call.func, cst.Attribute) and call.func.attr.value == "cursor" and not call.args
    ended = _called(statement)
    return ended is not None and isinstance(ended.func, cst.Attribute) and ended.func.attr.value in _HARMLESS and not ended.args


def _commit_between(source: Source, clear: Statement, insert: Statement) -> list[Statement]:
    """The commit or flush right after the clear, when the same one follows the insert."""
    block = list(statements.block_of(source, clear))
    at = block.index(clear) + 1
    following = block[at] if at < len(block) else None
    ended = _ends(following)
    if ended is None or not isinstance(following, cst.SimpleStatementLine) or following is insert:
        return []
    later = block[block.index(order.level(source, insert, block)) + 1 :]
    same = any(source.code(ended) == source.code(other) for one in later if (other := _ends(one)) is not None)
    return [following] if same or source.code(ended).endswith(".flush()") else []


def _ends(statement: cst.CSTNode | None) -> cst.Call | None:
    """The call of a statement `db.commit()` or `db.flush()`."""
    ended = _called(statement) if statement is not None else None
    if ended is None or ended.args or not isinstance(ended.func, cst.Attribute):
        return None
    return ended if ended.func.attr.value in ("commit", "flush") else None


def _runs(source: Source, gone: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Statements that stand next to each other go as one."""
    run: list[Statement] = []
    for statement in gone:
        if run:
            block = list(statements.block_of(source, statement))
            if run[-1] not in block or block.index(statement) != block.index(run[-1]) + 1:
                yield run
                run = []
        run.append(statement)
    if run:
        yield run


# -- whether it may go -----------------------------------------------------------------------------------------------


def _only_clears(source: Source, step: ChainStep) -> None:
    """Raises CannotRepair unless the function of a step does nothing but that step."""
    call = source.call_at(step.place.span)
    function = source.function_around(call)
    if function is None:
        raise CannotRepair(f"where the clear is called from cannot be seen at {step.place}")
    name = function.name.value
    gone: list[cst.BaseStatement] = list(_clearing_in_helper(source, call))
    block = function.body
    while True:
        rest = [one for one in block.body if isinstance(one, cst.BaseStatement) and one not in gone and not _idle(one)]
        if not rest:
            return
        inner = rest[0]
        if len(rest) > 1 or not isinstance(inner, cst.With) or not any(inner in source.parents(one) for one in gone):
            raise CannotRepair(f"`{name}` does more than the clear, at {source.path}:{source.span(inner).row}")
        block = inner.body


def _clearing_in_helper(source: Source, call: cst.Call) -> list[Statement]:
    statement = source.statement(call)
    if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Return):
        return [statement]
    _plain(source, call, statement)
    name = _bound(statement)
    if name is None:
        return [statement]
    block = [one for one in statements.block_of(source, statement) if isinstance(one, cst.SimpleStatementLine)]
    return [statement, *(one for one in block if _runs_it(one, name))]


def _idle(statement: cst.BaseStatement) -> bool:
    """A docstring, the end of a transaction, or the return of something that is at hand: nothing that is missed."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString() | cst.Ellipsis())]):
            return True
        case cst.SimpleStatementLine(body=[cst.Return(value=value)]):
            return value is None or not m.findall(value, m.Call() | m.Await() | m.NamedExpr())
    return _harmless(statement)


def _only_caller(intent: Intent, material: Replacement, sources: Sources) -> None:
    """Raises CannotRepair when a helper that inserts is also called without the clear, or does not always insert."""
    for step in material.chain[1:]:
        definition = intent.definition(step.function)
        source = sources[step.place.path]
        name = step.function.rsplit(".", 1)[-1]
        if definition is None or definition.locked:
            raise CannotRepair(definition.locked if definition is not None else f"where `{name}` is called from cannot be seen")
        # its definition and the one call; a name that says more elsewhere may be another function's, but nothing shows that
        if sources.count(rf"^(?!\s*(?:from|import)\b).*\b{name}\b") != 2:
            raise CannotRepair(f"`{name}`, which inserts, is also called without the clear, or may be")
        call = source.call_at(step.place.span)
        function = source.function_around(call)
        if function is None:
            raise CannotRepair(f"the insert is not a statement of `{name}`")
        order.unconditional(source, source.statement(call), function)
