"""Taking out the clear that comes before an insert."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from session_lint.facts.chain import ChainStep
from session_lint.facts.finding import Edit
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Replacement
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source, Sources
from session_lint.repair.rewrite.statements import order, statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import apart, clears, helpers, otherwise

# a comment that says no more than that rows go: it goes with them
_OF_CLEARS = re.compile(
    r"^(?!.*\b(?:insert|creat|add|new|replac|sav|stor|updat|upsert|swap|then|set)).*\b(?:clear|delet|remov|drop|purg|wip|forget)",
    re.IGNORECASE,
)
_READS = frozenset({"first", "one_or_none", "scalar_one_or_none", "scalar", "get_or_none", "filter", "filter_by", "where", "afirst"})


@dataclass(frozen=True, slots=True)
class Removal:
    """The edits that take the clear out of `path`, the comments that go with its lines, and imported names that nothing else reads.

    `kept`: the clear has moved to where the insert is left out. `returns`: the function may return between the two.
    `logs`: the helper that is no longer called also logs. `helper`: the function that is still called, and no longer clears.
    """

    path: str
    edits: tuple[Edit, ...]
    comments: tuple[str, ...] = ()
    unused: frozenset[str] = frozenset()
    kept: bool = False
    returns: bool = False
    logs: str = ""
    helper: str = ""


def removal(intent: Intent, material: Replacement, sources: Sources) -> Removal:
    """Takes out the statement of the clear in the meeting function: the clear itself, or the call of a helper that does nothing else.

    Raises CannotRepair when that could lose more than the clear, or when the insert does not always follow it.
    """
    source = sources[material.clear_chain[0].place.path]
    call = _first_call(source, material.clear_chain)
    insert = source.statement(_first_call(source, material.chain))
    helpers.only_caller(intent, material, sources)
    try:
        logging = [step for step in material.clear_chain[1:] if helpers.only_clears(sources[step.place.path], step)]
    except CannotRepair as error:
        return _apart(intent, material, sources, insert, error)
    logs = logging[0].function.rpartition(".")[2] if logging else ""
    gone = _clearing(source, call)
    if insert in gone:
        raise CannotRepair("the clear and the insert are one statement")
    gone = _whole_blocks(source, gone, insert)
    _unread_between(source, material.resource, gone[-1], insert)
    pending = material.client == "sqlalchemy" and order.commits_only_behind(source, gone[-1], insert)
    branch = otherwise.branch(source, gone, insert, may_return=pending)
    returns = pending and order.returns_between(source, gone[-1], insert)
    if branch is not None:
        return Removal(source.path, otherwise.moved(source, gone[0], branch), kept=True, returns=returns, logs=logs)
    order.always_follows(source, gone[-1], insert, may_return=pending)
    gone = _fetches(source, gone) + gone + _commit_between(source, gone[-1], insert)
    comments: list[str] = []
    edits: list[Edit] = []
    for run in _runs(source, gone):
        heading = statements.heading(source, run[0], run[-1])
        if order.soon(source, run[-1], insert) and not _OF_CLEARS.search(" ".join(heading)):
            heading = ()
        comments += [*heading, *(text for statement in run for text in statements.comments(source, statement))]
        edits.append(statements.remove(source, *run, lead=len(heading)))
    return Removal(source.path, tuple(edits), tuple(comments), _unread(source, gone), returns=returns, logs=logs)


def _apart(intent: Intent, material: Replacement, sources: Sources, insert: Statement, error: CannotRepair) -> Removal:
    """The clear goes out of the helper, and the call of the helper stays. Raises CannotRepair, for other callers with the first reason."""
    outer, step = sources[material.clear_chain[0].place.path], material.clear_chain[-1]
    function = apart.helper(intent, material, sources)
    if function is None:
        raise error
    source, statement = sources[step.place.path], outer.statement(_first_call(outer, material.clear_chain))
    gone = _clearing(source, source.call_at(step.place.span))
    apart.require_apart(source, function, gone, material.resource)
    _unread_between(outer, material.resource, statement, insert)
    order.always_follows(outer, statement, insert)
    text = tuple(text for one in gone for text in statements.comments(source, one))
    edits = tuple(statements.remove(source, *run) for run in _runs(source, gone))
    return Removal(source.path, edits, text, _unread(source, gone), helper=function.name.value)


def _unread(source: Source, gone: Sequence[Statement]) -> frozenset[str]:
    """Names that are read nowhere but in the statements that go, as far as the file itself shows."""
    if source.path.endswith("__init__.py"):
        return frozenset()
    read = {name for statement in gone for name in names.free(statement)}
    return frozenset(name for name in read if len(names.uses(source, source.module, name)) == _reads(source, gone, name))


def _reads(source: Source, gone: Sequence[Statement], name: str) -> int:
    exported = f'"{name}"' in source.text or f"'{name}'" in source.text
    return -1 if exported else sum(len(names.uses(source, statement, name)) for statement in gone)


def _first_call(source: Source, chain: Sequence[ChainStep]) -> cst.Call:
    """The call in the meeting function: the first of a chain, or the one that is given a lambda in which the chain goes on."""
    if len(chain) > 1 and chain[1].place.path == source.path:
        inner = source.call_at(chain[1].place.span)
        outer = source.around(inner, cst.Lambda) if clears.only_in_lambda(source, inner) else None
        given = source.around(outer, cst.Call) if outer is not None else None
        if isinstance(given, cst.Call):
            return given
    return source.call_at(chain[0].place.span)


# -- what goes -------------------------------------------------------------------------------------------------------


def _clearing(source: Source, call: cst.Call) -> list[Statement]:
    """The statements of a clear: one, or what builds it and what runs it. Raises CannotRepair when something else uses its result."""
    statement = source.statement(call)
    clears.plain(source, call, statement)
    name = clears.bound(statement)
    if name is None:
        return [statement]
    users = _users(source, statement, name)
    if not users:
        return [statement]
    if len(users) == 1 and clears.runs_it(users[0], name):
        return [statement, users[0]]
    raise CannotRepair("the result of the clear is used")


def _users(source: Source, statement: Statement, name: str) -> list[Statement]:
    """The statements after one that read the name it binds, until the name is bound anew."""
    block = list(statements.block_of(source, statement))
    found: list[Statement] = []
    for later in block[block.index(statement) + 1 :]:
        if not clears.mentions(later, name):
            continue
        if _rebinds(later, name):
            return found
        if not isinstance(later, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            raise CannotRepair("the result of the clear is used")
        found.append(later)
    scope = source.function_around(statement) or source.module
    inside = sum(clears.mentions(one, name) for one in block)
    if clears.mentions(scope, name) > inside:
        raise CannotRepair("the result of the clear is used")
    return found


def _rebinds(statement: cst.BaseStatement, name: str) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(known))], value=value)]):
            return known == name and not clears.mentions(value, name)
    return False


def _whole_blocks(source: Source, gone: list[Statement], insert: Statement) -> list[Statement]:
    """The block around the clear, when it is there for nothing else: `with connect() as conn: ...`, `if existing: db.delete(existing)`."""
    while True:
        block = source.parent(gone[0])
        around = source.parent(block) if block is not None else None
        inside = list(source.parents(insert))
        if not isinstance(around, cst.With | cst.If) or around in inside:
            return gone
        if isinstance(around, cst.If) and not (_asks_for(around, gone) and source.parent(around) in inside):
            return gone
        if not isinstance(around.body, cst.IndentedBlock) or not all(one in gone or clears.harmless(one) for one in around.body.body):
            return gone
        gone = [around]


def _asks_for(condition: cst.If, gone: Sequence[Statement]) -> bool:
    """Whether an `if` asks only whether there is something to clear: `if old:`, `if old is not None:`, `if old.exists():`."""
    match condition.test:
        case cst.Name(name):
            pass
        case cst.Comparison(left=cst.Name(name), comparisons=[cst.ComparisonTarget(operator=cst.IsNot(), comparator=cst.Name("None"))]):
            pass
        case cst.Call(func=cst.Attribute(value=cst.Name(name), attr=cst.Name("exists" | "aexists")), args=[]):
            pass
        case _:
            return False
    call = clears.called(gone[0])
    return condition.orelse is None and len(gone) == 1 and call is not None and _clears(call, name)


def _clears(call: cst.Call, name: str) -> bool:
    """`db.delete(old)`, `old.delete()`, `old.delete_instance()`."""
    match call:
        case cst.Call(func=cst.Attribute(attr=cst.Name("delete")), args=[cst.Arg(value=cst.Name(known))]):
            return known == name
        case cst.Call(func=cst.Attribute(value=cst.Name(known), attr=cst.Name("delete" | "adelete" | "delete_instance")), args=[]):
            return known == name
    return False


def _fetches(source: Source, gone: Sequence[Statement]) -> list[Statement]:
    """The statements that only fetch what is cleared, or hold its SQL: `old = db.query(T).filter(...).first()`."""
    block = list(statements.block_of(source, gone[0]))
    found: list[Statement] = []
    for one in block[: block.index(gone[0])] if source.function_around(gone[0]) is not None else ():
        match one:
            case cst.SimpleStatementLine(body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=value)]):
                if (
                    any(clears.mentions(statement, name) for statement in gone)
                    and _only_reads(value)
                    and _only_for(source, one, name, gone)
                ):
                    found.append(one)
    return found


def _only_for(source: Source, statement: Statement, name: str, gone: Sequence[Statement]) -> bool:
    """Whether what a statement binds is read by nothing but the statements that go."""
    try:
        return all(user in gone for user in _users(source, statement, name))
    except CannotRepair:
        return False


def _only_reads(value: cst.BaseExpression) -> bool:
    while isinstance(value, cst.Await):
        value = value.expression
    if isinstance(value, cst.SimpleString | cst.ConcatenatedString):
        return True
    return isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value in _READS


def _unread_between(source: Source, resource: str, clear: Statement, insert: Statement) -> None:
    """Raises CannotRepair when the table is asked for between the clear and the insert: it would no longer be empty then."""
    block = list(statements.block_of(source, clear))
    between = block[block.index(clear) + 1 : block.index(order.level(source, insert, block))]
    for statement in between:
        text = source.code(statement) if isinstance(statement, cst.BaseCompoundStatement | cst.SimpleStatementLine) else ""
        if re.search(rf"\b{re.escape(resource)}\b(?!\s*\()", text):
            raise CannotRepair(f"`{resource}` is used between the clear and the insert, at {source.path}:{source.span(statement).row}")


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
    ended = clears.called(statement) if statement is not None else None
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
