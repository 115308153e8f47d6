"""The repair of ONE202."""

from __future__ import annotations

from typing import ClassVar

import libcst as cst

from session_lint import registry
from session_lint.facts.finding import Fix
from session_lint.facts.intent import Intent
from session_lint.facts.summary import Replacement
from session_lint.repair import idioms
from session_lint.repair.codemod import Codemod, safe, shown, unsafe
from session_lint.repair.idiom import Halves, Idiom, Opened
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Sources
from session_lint.repair.rewrite.statements import regions, statements
from session_lint.repair.rewrite.statements.regions import Run
from session_lint.repair.rewrite.writes import hazards, hooks, neighbours, relations, slow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.repair.rewrite.writes import commits

_MOST = 25  # statements between the two; beyond that a transaction holds its locks too long to be opened without a thought


class Transaction(Codemod):
    """Both statements, and what stands between them, run in one transaction of the client.

    ## What it does

    Opens the client's own transaction around the clear and the insert: the smallest run of statements that holds both, in the
    function where both meet, also when one or both are in helpers. What the `with` needs is imported. `clear()` and `add(...)`
    of one many-to-many relation become one `set(...)`. Two blocks that enter the same one after the other (`with Session() as session`,
    `with engine.begin() as conn`) become one. Where an `except` right behind the clear goes on without the new
    rows, the clear moves into its `try`, so that the old rows stay when the new ones cannot be inserted. A commit between the two goes,
    when the same session or connection surely commits again behind the insert; one in each turn of a loop then comes once, behind it,
    and one that ends a helper goes when nothing else calls the helper.

    ## Fix safety

    Safe where the two statements are neighbours (the insert may be all that a loop does) and do nothing but talk to the database:
    no call of unknown effect in them, no receiver, `save` or `delete` of the model, nothing in the project that waits for a commit.
    Likewise where a commit stands right between the two, and one right behind them, and the function has done nothing before that the
    first one may be for.
    Else unsafe: locks are held from the clear to the end of the block, hooks that wait for the commit run later, and an error
    between the two now also takes back the clear. `set(...)` sends other `m2m_changed` signals, for it leaves alone what stays.

    With MongoDB, transactions need a replica set, and each call in the block is given the session. No test of this package runs one:
    the edit is shown, never made.

    Only shown, with the reason: for Supabase, which has no transactions; for MongoDB with a statement in a helper; in asynchronous code
    with Django; with a commit between the two in a branch, or in a helper that does more or is called elsewhere, or where the function
    may be left before the next commit; when an `except` inside the run goes on after an error of the database and cannot get a
    savepoint; with a request to another service, a subprocess or a mail in the run, in functions that it calls too; in generators and
    class bodies; and when more than 25 statements stand between.

    ## Known limitations

    The work between the two is not moved out: compute the new rows above the clear. Lines that get too long by the
    indentation are left for a formatter.
    """

    DESCRIPTION: ClassVar[str] = "A set that is cleared and inserted again is replaced in one transaction."
    repairs: ClassVar[str] = "ONE202"

    def fix(self, intent: Intent, sources: Sources) -> Fix:
        material = intent.material
        if not isinstance(material, Replacement):
            raise CannotRepair("there is no pair of a clear and an insert")
        halves = Halves.of(material, sources)
        source = halves.meeting
        if material.clear_chain[0].place.path != source.path:
            raise CannotRepair("the two calls are not in one file")
        clear, insert = (source.call_at(chain[0].place.span) for chain in (material.clear_chain, material.chain))
        run = regions.smallest(source, clear, insert)
        if material.client == "django_orm":
            edits = relations.as_set(source, run, clear, insert)
            if edits:
                return unsafe("one `set(...)`: it runs in a transaction, and changes only what differs", *edits)
        _refuse(halves, run, (clear, insert))
        both = _one_block(halves, clear, insert)
        if both is not None:
            return both
        if material.committed_between and material.client != "django_orm":
            return _one_commit(intent, halves, run, (clear, insert))
        alone = halves.direct and neighbours.nothing_else(source, run.body, sources, material.resource, (clear, insert))
        return _wrapped(run, _opened(halves), alone=alone)


def _one_commit(intent: Intent, halves: Halves, run: Run, calls: tuple[cst.Call, cst.Call]) -> Fix:
    """The commit between the two goes."""
    from session_lint.repair.rewrite.writes import commits, two_commits  # what they need of libcst is slow to import, and seldom needed

    flush = _unit_of_work(halves)
    found = commits.joined(run, *calls, flush=flush, helper=_helper(intent, halves))
    both = two_commits.statements_of(run.source, *calls, found.receiver) if halves.direct and not (flush or found.notes) else ()
    alone = neighbours.nothing_else(run.source, both, halves.sources, halves.material.resource, calls)
    made = safe if alone and not halves.material.assumed else unsafe
    message = f"no commit between the two: the later `{found.receiver}.commit()` ends one transaction for both"
    return made("; ".join((message, *found.notes)), *found.edits)


def _one_block(halves: Halves, clear: cst.Call, insert: cst.Call) -> Fix | None:
    """Two blocks that open the same one after the other become one; None where the two calls do not stand in such."""
    from session_lint.repair.rewrite.writes import blocks

    found = blocks.joined(halves.meeting, clear, insert, flush=_unit_of_work(halves))
    if found is None:
        return None
    alone = halves.direct and neighbours.nothing_else(halves.meeting, found.body, halves.sources, halves.material.resource, (clear, insert))
    made = safe if alone and not halves.material.assumed else unsafe
    return made(f"one `{found.receiver}` for both: an error of the insert brings back the old rows", *found.edits)


def _helper(intent: Intent, halves: Halves) -> commits.Joined | None:
    """What takes out the commit of a helper that clears, when nothing but this chain calls it; None when no helper commits."""
    from session_lint.repair.rewrite.writes import commits, helpers

    found: list[commits.Joined] = []
    steps = halves.material.clear_chain
    for number, step in enumerate(steps[1:], 1):
        source = halves.sources[step.place.path]
        one = commits.in_helper(source, source.call_at(step.place.span), flush=_unit_of_work(halves))
        found += [one] if one is not None else []
        if found and not helpers.called_once(intent, step, halves.sources):
            raise CannotRepair("a helper commits the clear, and is also called from elsewhere, or may be")
        if found and not _same_session(halves, number, found[0].receiver):
            raise CannotRepair("a helper commits the clear, maybe on another session")
    if found and any(not helpers.called_once(intent, step, halves.sources) for step in steps[1:]):
        raise CannotRepair("a helper commits the clear, and is also called from elsewhere, or may be")
    if len(found) > 1:
        raise CannotRepair("several helpers commit between the clear and the insert")
    return found[0] if found else None


def _same_session(halves: Halves, number: int, receiver: str) -> bool:
    """Whether a receiver means the same in the function of a step and in the one that calls it: handed on by its name, or of the module."""
    above, step = halves.material.clear_chain[number - 1], halves.material.clear_chain[number]
    source, caller = halves.sources[step.place.path], halves.sources[above.place.path]
    function, call = source.function_around(source.call_at(step.place.span)), caller.call_at(above.place.span)
    root = receiver.partition(".")[0]
    if function is None:
        return False
    if root == "self":
        return caller.code(call.func).startswith("self.")
    if root in names.bound(function):
        return any(isinstance(arg.value, cst.Name) and arg.value.value == root for arg in call.args)
    return source is caller


def _unit_of_work(halves: Halves) -> bool:
    """Whether the clear is `session.delete(record)` of SQLAlchemy, which one flush would run after the inserts."""
    call = halves.clear
    deletes = isinstance(call.func, cst.Attribute) and call.func.attr.value == "delete"
    return halves.material.client == "sqlalchemy" and deletes and len(call.args) == 1 and call.args[0].keyword is None


def _opened(halves: Halves) -> Opened:
    client = halves.client
    found = next((item for item in registry.discover(idioms, Idiom) if item.stem == client), None)
    if found is None:
        raise CannotRepair(f"how {client} opens a transaction is not known")
    opened = found.transaction(halves)
    function = halves.meeting.function_around(halves.meeting.call_at(halves.material.chain[0].place.span))
    if opened.asynchronous and (function is None or function.asynchronous is None):
        raise CannotRepair("the transaction can only be opened in an `async def`, and the function that would hold it is none")
    return opened


def _wrapped(run: Run, opened: Opened, *, alone: bool) -> Fix:
    source = run.source
    header = _header(run, opened)
    caught = hazards.swallowing(run.body)
    more = ""
    if not caught:
        edits = regions.wrap(run, header, closing=opened.closing)
    elif len(run.body) == 2 and caught == (run.body[1],) and isinstance(run.body[1], cst.Try) and not run.body[1].finalbody:
        edits = regions.wrap_in_try(run, header)
        more = "; an error that the `except` catches now leaves the old rows as they were"
    elif opened.nests and (bodies := _bodies(caught)):
        edits = regions.wrap(run, header, inner=bodies)
        more = "; and around what an `except` may catch, so that the rest can go on"
    else:
        row = source.span(caught[0]).row
        raise CannotRepair(f"the code at {source.path}:{row} goes on after an error, which a transaction does not survive")
    if any(isinstance(node, cst.Return) for statement in run.body[:-1] for node in hazards.nodes([statement])):
        more += "; a `return` before the insert keeps the clear, as it does now"
    if opened.note:
        more += f"; {opened.note}"
    entered = header.replace(":\nasync with", ",").replace(":\nwith", ",").removesuffix(":")
    moved = regions.moved(run, header, opened.edits)
    made = shown if not opened.proved else safe if alone and not more else unsafe
    return made(f"`{entered}` around the clear and the insert{more}", *edits, *moved)


def _header(run: Run, opened: Opened) -> str:
    """The `with`, in one line where that fits the file, else what is entered in it as a second one."""
    word = "async with" if opened.asynchronous else "with"
    if not opened.within:
        return f"{word} {opened.enter}:"
    one = f"{word} {opened.enter}, {opened.within}:"
    if len(statements.indent(run.source, run.body[0])) + len(one) <= run.source.limit:
        return one
    return f"{word} {opened.enter}:\n{word} {opened.within}:"


def _bodies(caught: tuple[hazards.Attempt, ...]) -> tuple[cst.IndentedBlock, ...]:
    """The bodies of the `try` statements, each to be a transaction of its own inside; () when that cannot be."""
    bodies = tuple(one.body for one in caught if isinstance(one, cst.Try) and isinstance(one.body, cst.IndentedBlock))
    nested = any(inner is not outer and hazards.inside(inner, outer) for inner in bodies for outer in bodies)
    return bodies if len(bodies) == len(caught) and not nested else ()


def _refuse(halves: Halves, run: Run, calls: tuple[cst.Call, cst.Call]) -> None:
    """Raises CannotRepair where a transaction around the run would be wrong, or more than can be judged."""
    source, material = run.source, halves.material
    if isinstance(source.around(calls[0], cst.FunctionDef | cst.Lambda | cst.ClassDef), cst.ClassDef | cst.Lambda):
        raise CannotRepair("the two calls are not in the body of a function")
    if any(isinstance(node, cst.Yield) for node in hazards.nodes(run.body)):
        raise CannotRepair("the function is a generator: the transaction would stay open while its reader waits")
    waiting = slow.calls(source, run.body, halves.sources)
    if waiting:
        raise CannotRepair(f"`{waiting[0]}(...)` would run while the transaction holds its locks: move it above the clear first")
    _refuse_files(halves)
    between = hazards.count(source, run.body, *(source.span(call).row for call in calls))
    if between > _MOST:
        raise CannotRepair(f"{between} statements stand between the clear and the insert: too many for one transaction")
    for steps, half in ((material.clear_chain, "clear"), (material.chain, "insert")):
        for step in steps[1:]:
            helper = halves.sources[step.place.path]
            if hazards.swallowed_in_helper(helper, helper.call_at(step.place.span)):
                raise CannotRepair(f"`{step.function}` goes on after an error of the {half}, which a transaction does not survive")


def _refuse_files(halves: Halves) -> None:
    """Raises CannotRepair where files go with the rows: a rollback would bring back the rows alone."""
    row, func = halves.material.resource.rpartition(".")[2], halves.clear.func
    one_by_one = isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name)
    if one_by_one and row.isidentifier() and halves.sources.search(hooks.removes_files(row)):
        raise CannotRepair(f"the `delete` of `{row}` takes files away, and a rollback would bring back rows without them")
    for step in (*halves.material.clear_chain[1:], *halves.material.chain):
        helper = halves.sources[step.place.path]
        away = hazards.files_taken(helper, helper.call_at(step.place.span))
        if away:
            raise CannotRepair(f"`{away}` takes files away, and a rollback would bring back rows without them")
