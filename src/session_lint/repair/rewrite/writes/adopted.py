"""The insert is tried, and whoever comes second looks again: the edits."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.rewrite.file import names
from session_lint.repair.rewrite.file.source import CannotRepair, Source
from session_lint.repair.rewrite.statements import layout, statements
from session_lint.repair.rewrite.statements.statements import Statement
from session_lint.repair.rewrite.writes import copied, parts, race as races
from session_lint.repair.rewrite.writes.harmless import unknown
from session_lint.repair.rewrite.writes.race import Race, Shape

_MOST = 16  # lines that are written twice; more belong into a function of their own


def tried(race: Race, error: str, enter: str, *, asynchronous: bool, ends: str = "") -> Edit:
    """The insert in a `try` (and in what is entered), what is done on `error`, and the rest of its block in an `else`. `ends` comes
    before what is done where a row was found, unless that raises.

    Raises CannotRepair where the one who comes second would have done more, or other things, than one who finds the row.
    """
    source = race.source
    races.repeatable(race)
    _require_quiet(race)
    space, step = statements.indent(source, race.inserting), layout.unit(source)
    run = (race.inserting,) if race.shape is Shape.GUARD else (race.inserting, *race.after)
    layout.require_lines(source, race.inserting)
    inner = space + step
    text = [f"{space}try:"]
    if enter:
        text.append(f"{inner}{'async with' if asynchronous else 'with'} {enter}:")
    text += copied.lines(source, [race.inserting], inner + step if enter else inner)
    text += [f"{space}except {error}:", *_again(race, inner, ends)]
    if len(run) > 1:
        text += [f"{space}else:", *_rest(source, run, inner)]
    first, last = statements.rows(source, run[0])[0], statements.rows(source, run[-1])[1]
    return Edit(source.path, "\n".join(text), Span(first, 1, last, len(source.line(last)) + 1))


def _rest(source: Source, run: Sequence[Statement], space: str) -> list[str]:
    """What follows the insert, with the comments above it."""
    own = statements.indent(source, run[0])
    start = statements.rows(source, run[0])[1] + 1
    begin = statements.rows(source, run[1])[0]
    above = [space + source.line(row).removeprefix(own) for row in range(start, begin) if source.line(row).strip()]
    return [*above, *copied.lines(source, run[1:], space, more=True)]


def _again(race: Race, space: str, ends: str) -> list[str]:
    """The handler: looks once more, does what is done where a row is found, and raises the error again where none is."""
    source, step = race.source, layout.unit(race.source)
    text = copied.lines(source, race.looking, space)
    found = copied.suite(race.found) if race.found is not None else ()
    ending = [ends] if ends and not isinstance(parts.last(found), cst.Raise) else []
    if race.shape is Shape.GUARD and not ending:
        text += [*_without_context(race, copied.lines(source, [race.test], space)), f"{space}raise"]
    elif race.shape is Shape.MISSING:
        text += [
            *_head(race, space),
            f"{space}{step}raise",
            *(space + one for one in ending),
            *copied.lines(source, found, space, more=True),
        ]
    else:
        text += [*_head(race, space), *(space + step + one for one in ending), *copied.lines(source, found, space + step, more=True)]
        text += [f"{space}raise"] if race.shape is Shape.GUARD else [f"{space}else:", f"{space}{step}raise"]
    if len(text) > _MOST:
        raise CannotRepair("the look-up and what is done where a row was found are too long to be written twice")
    return text


def _head(race: Race, space: str) -> list[str]:
    """The line of the `if`."""
    test = race.test.test
    code = race.source.slice(race.source.outer(test))
    if "\n" in code:
        raise CannotRepair("the test of the look-up goes over several lines")
    return [f"{space}if {code}:"]


def _without_context(race: Race, lines: list[str]) -> list[str]:
    """A refusal is raised `from None`: the error of the database is no news."""
    suite = race.test.body
    last = suite.body[-1] if suite.body else None
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    if isinstance(small, cst.Raise) and small.exc is not None and small.cause is None and isinstance(suite, cst.IndentedBlock):
        end = race.source.span(small)
        tail = race.source.line(end.end_row)[end.end_column - 1 :]
        lines = [*lines[:-1], lines[-1].removesuffix(tail) + " from None" + tail] if lines[-1].endswith(tail) else lines
    return lines


def _require_quiet(race: Race) -> None:
    """Raises CannotRepair unless what stands between the test and the insert does nothing but prepare the row."""
    source = race.source
    for one in race.before:
        if not _prepares(one):
            raise CannotRepair(f"other statements stand between the look-up and the insert, at {source.path}:{source.span(one).row}")
    made = frozenset(name for one in race.before for name in parts.bound(one))
    made_of: list[cst.CSTNode] = [*race.before, *race.insert.args]
    for part in made_of:
        name = unknown(source, part, known=(race.insert,), classes=(race.model,))
        if name:
            raise CannotRepair(f"the row is made with `{name}`, of which it is not known what else it does")
    _require_own(race, made)
    if race.shape is not Shape.GUARD:
        made |= parts.bound(race.inserting)
        later = {name for one in race.following for name in names.free(one)}
        if (made - race.answers) & later:
            name = sorted((made - race.answers) & later)[0]
            raise CannotRepair(f"`{name}` is used after the test, and is not what the look-up gave")
    elif race.found is not None and made & names.free(race.found):
        raise CannotRepair("what is done where a row was found would be done with other values")


def _require_own(race: Race, made: frozenset[str]) -> None:
    """Raises CannotRepair where the preparation changes something else than what it makes itself."""
    fresh = frozenset(name for one in race.before for name in parts.assigned(one))
    if made - fresh:
        raise CannotRepair(f"`{sorted(made - fresh)[0]}` is changed between the look-up and the insert")


def _prepares(statement: Statement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign() | cst.AnnAssign()]):
            return not any(isinstance(node, cst.Await | cst.Yield) for node in parts.nodes(statement))
    return False
