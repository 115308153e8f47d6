"""Whether the database keeps the rows of a key apart, as far as the schema of the project is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from session_lint.analysis.program.blocks import conditions, steps
from session_lint.analysis.program.events import Columns, Event, buffered
from session_lint.analysis.program.keys import volatile
from session_lint.analysis.program.walked import State, Walk
from session_lint.facts.effects import SPREAD, EffectKind
from session_lint.facts.module_facts import Block, Choice, Exit, Try
from session_lint.facts.schema import Answer, Covered, Schema, Table, UniqueSet, plain
from session_lint.facts.telling_names import is_conflict_code, names_anything, names_conflict
from session_lint.facts.terms import Const, Ref, Term, Unknown, walk

_PRIMARY = "the primary key"


def covering(schema: Schema, event: Event, key: Columns, row: Columns = (), *, whole: bool = False) -> Answer:
    """What the schema says of the table that an effect is on, and a key of it. `row` is what is known of the row besides; `whole`: that is
    all that it is given, so that its other flags are what the table says."""
    table = table_of(schema, event)
    if table is None:
        return Answer(why="its table is not declared in the project")
    names = [name for name, _ in key]
    flags = ((one.name, Const(one.flag)) for one in table.kinds if one.flag is not None) if whole else ()
    given = tuple({plain(name): (name, value) for name, value in (*flags, *key, *row)}.values())
    found = [(one, one.holds(given)) for one in table.within(names) if not _with_null(one, given)]
    by = next((one for one, holds in found if holds), None)
    if by is not None:
        return Answer(Covered.YES, table, by)
    why = doubt(table, names, [one for one, holds in found if holds is None])
    if why:
        return Answer(Covered.UNKNOWN, table, why=why)
    return Answer(Covered.NO, table, near=nearest(table, names))


def _with_null(one: UniqueSet, given: Columns) -> bool:
    """Whether a key has no value for a column of a set: NULL is not equal to itself, so there may be any number of such rows,
    unless the set says otherwise."""
    empty = {plain(name) for name, value in given if value == Const(None)}
    return not one.null_too and any(plain(name) in empty for name in one.columns)


def table_of(schema: Schema, event: Event) -> Table | None:
    """The table that an effect is on: a class of the project by its full name, or a name in the database."""
    match event.resource:
        case Ref(name):
            found = schema.of_model(name)
            return found if found is not None else schema.of_name(event.table) if event.table else None
        case Const(str(name)):
            return schema.of_name(name)
    return None


def doubt(table: Table, names: list[str], partial: list[UniqueSet]) -> str:
    """Why it is not known whether a key is unique; "" when it is known that it is not."""
    if not names or any(name in ("", SPREAD) for name in names):
        return "its key is not known"
    if doubts := table.doubts_of(names):
        return f"it is not understood: {', '.join(doubts)}"
    if partial:
        return f"whether {partial[0].condition} holds of it"
    if not table.has(names):
        return "its key has other columns than the table"
    return ""


def nearest(table: Table, names: list[str]) -> UniqueSet | None:
    """The unique set that has most of the columns of a key."""
    wanted = {plain(name) for name in names}
    shared = [(len(wanted & {plain(name) for name in one.columns}), one) for one in table.unique]
    best = max(shared, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


def closing(table: Table, key: Columns, besides: Columns) -> UniqueSet | None:
    """A unique set that only the rest of the new row completes: it keeps a second row out where that is the same in both."""
    own = {plain(name) for name, _ in key}
    given = own | {plain(name) for name, value in besides if not volatile(value)}
    spread = SPREAD in {name for name, _ in besides}
    for one in table.unique:
        columns = {plain(name) for name in one.columns}
        if not columns <= own and (columns <= given or (spread and one.how != _PRIMARY)):
            return one
    return None


def is_conflict(caught: Iterable[Iterable[str]]) -> bool:
    """Whether one of some handlers, by the names of the exceptions that it is for, is for a row that is there already."""
    return any(names_conflict(name) for names in caught for name in names)


def answers(step: Try, is_such: Callable[[str], bool] = names_conflict) -> bool:
    """Whether a handler is for a row that is there already, or another error by its name, and does not hand the same error on; or one for
    any error has a look at it, and ends otherwise for some than for the rest: `if error.code == "23505": raise Taken()`."""
    pairs = zip(step.caught, step.handlers, strict=False)
    coded = is_such is names_conflict
    named = any(
        (any(map(is_such, names)) or (coded and _asks_for_code(handler))) and not _is_raised_again(handler) for names, handler in pairs
    )
    return named or (coded and any(map(_tells_apart, broad(step))))


def _asks_for_code(handler: Block) -> bool:
    """Whether a handler tells that error from others by its code: `if error.response["Error"]["Code"] == "ConditionalCheck..."`."""
    tested = (part for condition in conditions(handler) for part in walk(condition.term))
    return any(isinstance(part, Const) and is_conflict_code(part.value) for part in tested)


def _tells_apart(handler: Block) -> bool:
    """Whether a handler raises again what it caught, but for those errors of which it has looked at something."""
    last = handler[-1] if handler else None
    arms = [arm for one in handler if isinstance(one, Choice) for arm in one.arms]
    looked = [arm for arm in arms if any(_is_of_caught(one.term) for one in arm.conditions)]
    ends = [end for arm in looked for end in steps(arm.body) if isinstance(end, Exit)]
    again = (isinstance(last, Exit) and _raises_again(last)) or any(map(_raises_again, ends))
    return again and not all(map(_raises_again, ends))


def _is_of_caught(test: Term) -> bool:
    return any(isinstance(part, Unknown) and part.reason == "except" for part in walk(test))


def swallows(step: Try) -> bool:
    """Whether a handler is for whatever goes wrong with the database, and does not end in an exception itself."""
    return not all(map(_raises, broad(step)))


def broad(step: Try) -> Iterator[Block]:
    """The handlers that are for an error of any kind."""
    for number, handler in enumerate(step.handlers):
        names = step.caught[number] if number < len(step.caught) else ()
        if not names or any(map(names_anything, names)):
            yield handler


def _raises(handler: Block) -> bool:
    last = handler[-1] if handler else None
    return isinstance(last, Exit) and last.kind == "raise"


def _is_raised_again(handler: Block) -> bool:
    """`raise` at the end, or `raise error` of the error that was caught, and no other way out: who catches it to undo something has no
    answer."""
    ends = [step for step in steps(handler) if isinstance(step, Exit)]
    return bool(handler) and isinstance(handler[-1], Exit) and all(map(_raises_again, ends))


def _raises_again(end: Exit) -> bool:
    caught = end.value is None or (isinstance(end.value, Unknown) and end.value.reason == "except")
    return end.kind == "raise" and caught


def inserted(walked: Walk, start: int, state: State, step: Try) -> list[Event]:
    """What a `try` block that began at event `start` inserts, or what it sends. Where a handler is for a row that is there already, and
    not for any error, each of them is noted as caught; else, where one is for any, as swallowed."""
    sent = [index for index in range(len(walked.events)) if index >= start or _waits(walked.events[index], state.get(index))]
    tried = [index for index in sent if walked.events[index].kind is EffectKind.INSERT]
    if tried and answers(step):
        for index in tried:
            walked.events[index] = replace(walked.events[index], caught=True)
    elif tried and swallows(step):
        for index in tried:
            walked.events[index] = replace(walked.events[index], swallowed=True)
    return [walked.events[index] for index in tried]


def _waits(event: Event, committed: bool | None) -> bool:  # noqa: FBT001 - as the state has it
    """Whether it is sent, or final, only at a flush or commit that is still to come."""
    return committed is False and buffered(event)
