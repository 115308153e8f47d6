"""The race story of a finding: two requests, one schedule that the code allows, and what is wrong afterwards.

It is told from what the program found (a repeated getter, a replacement), not from the rule: a new rule over the same material
has its story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from session_lint.facts.chain import ChainStep
from session_lint.facts.finding import Finding
from session_lint.facts.location import Place
from session_lint.facts.summary import Check, Repeat, Replacement, Unconstrained
from session_lint.known.identity import local_name

_REQUESTS = ("Request A", "Request B")
_READER = "A reader"
_UNIQUE_ROW = "Where a unique constraint refuses row B, request B ends in an error."
_UNIQUE = "Where a unique constraint refuses record 2, one record is left, and asking for it twice costs only time."


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happens. `actor` is a number in the story's `actors`; `harm`: from here on something is wrong."""

    actor: int
    function: str
    place: Place | None
    text: str
    harm: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Moments in the order of time, and how it ends. `protection` says what the code does against it, "" when that is not known."""

    actors: tuple[str, ...]
    moments: tuple[Moment, ...]
    outcome: str
    protection: str = ""


def story(finding: Finding) -> Story | None:
    """The story of a finding; None when there is nothing to tell it from."""
    material = finding.intent.material if finding.intent is not None else None
    if isinstance(material, Repeat):
        return _REPEATS.get(material.shape, _repeated)(material)
    if isinstance(material, Replacement):
        return _replaced(material)
    if isinstance(material, Unconstrained):
        return _twice(material)
    return _checked(material) if isinstance(material, Check) else None


# -- a record obtained twice -----------------------------------------------------------------------------------------


def _repeated(repeat: Repeat) -> Story:
    first, again = _name(repeat.first_function, repeat.first), _name(repeat.second_function, repeat.second)
    of = _of(repeat)
    turn = "in the next turn of the loop, " if repeat.shape == "loop" else ""
    return Story(
        _REQUESTS,
        (
            Moment(0, first, repeat.first, f"looks for the record{of}: there is none"),
            Moment(1, first, repeat.first, f"looks for the record{of}: there is none yet"),
            Moment(0, first, repeat.first, "inserts record 1, and works with it"),
            Moment(1, first, repeat.first, "inserts record 2", harm=True),
            Moment(0, again, repeat.second, f"{turn}obtains the record again: gets record 2", harm=True),
        ),
        _split(repeat),
    )


def _omitted(repeat: Repeat) -> Story:
    holder, place = _name(repeat.first_function, repeat.first), repeat.again or repeat.second
    callee = repeat.callee.rsplit(".", 1)[-1] or "the callee"
    of = _of(repeat)
    where = _end(repeat.again_chain, repeat.second_function, place)
    known = f", in `{repeat.holder}`" if repeat.holder else ""
    return Story(
        _REQUESTS,
        (
            Moment(0, holder, repeat.first, f"has record 1{of} in hand{known}"),
            Moment(1, holder, repeat.first, "started at the same moment, found no record either, and inserted record 2", harm=True),
            Moment(0, _name(repeat.second_function, repeat.second), repeat.second, f"calls `{callee}()` without `{repeat.parameter}`"),
            Moment(0, where, place, "obtains the record again: gets record 2", harm=True),
        ),
        _split(repeat),
    )


def _parallel(repeat: Repeat) -> Story:
    one, two = _name(repeat.first_function, repeat.first), _name(repeat.second_function, repeat.second)
    of = _of(repeat)
    return Story(
        ("Call 1", "Call 2, at the same time"),
        (
            Moment(0, one, repeat.first, f"looks for the record{of}: there is none"),
            Moment(1, two, repeat.second, f"looks for the record{of}: there is none yet"),
            Moment(0, one, repeat.first, "inserts record 1"),
            Moment(1, two, repeat.second, "inserts record 2", harm=True),
        ),
        f"One request has made two records{of}: its parts go on with different ones. {_UNIQUE}",
    )


_REPEATS: dict[str, Callable[[Repeat], Story]] = {"omitted": _omitted, "concurrent": _parallel}


def _of(repeat: Repeat) -> str:
    return f" for {repeat.key}" if repeat.key else ""


def _split(repeat: Repeat) -> str:
    return f"There are two records{_of(repeat)}. What request A wrote to record 1, it does not find in record 2. {_UNIQUE}"


# -- a row inserted where there was none ------------------------------------------------------------------------------


def _checked(check: Check) -> Story:
    look = _end(check.look_chain, check.look_function, check.look), check.look
    insert = _end(check.chain, check.insert_function, check.made), check.made
    of, refused = f" for {check.key}", check.schema.by is not None
    ending = f"inserts row B: {check.schema.by.shown} refuses it" if check.schema.by is not None else "inserts row B"
    return Story(
        _REQUESTS,
        (
            Moment(0, *look, f"looks for the row{of} in `{check.resource}`: there is none"),
            Moment(1, *look, f"looks for the row{of}: there is none yet"),
            Moment(0, *insert, "inserts row A"),
            Moment(1, *insert, ending, harm=True),
        ),
        f"Request B ends in an error, although the row{of} is there." if refused else f"There are two rows{of}. {_UNIQUE_ROW}",
        "A transaction around both statements helps nobody: neither request sees what the other has not committed.",
    )


# -- a record got or created by a key that is not unique ---------------------------------------------------------------


def _twice(found: Unconstrained) -> Story:
    where, of = _end(found.chain, found.function, found.place), f" for {', '.join(found.key)}"
    return Story(
        _REQUESTS,
        (
            Moment(0, where, found.place, f"looks for the row{of} in `{found.resource}`: there is none"),
            Moment(1, where, found.place, f"looks for the row{of}: there is none yet"),
            Moment(0, where, found.place, "inserts row A"),
            Moment(1, where, found.place, "inserts row B: nothing refuses it", harm=True),
        ),
        f"There are two rows{of}. Nothing has failed yet: every request that comes later finds two where it asks for one.",
        "A transaction around the call helps nobody: neither request sees what the other has not committed.",
    )


# -- rows cleared and inserted again ---------------------------------------------------------------------------------


def _replaced(replacement: Replacement) -> Story:
    clear = _end(replacement.clear_chain, replacement.clear_function, replacement.clear), replacement.clear
    insert = _end(replacement.chain, replacement.insert_function, replacement.insert), replacement.insert
    single = replacement.shape == "row"
    verb = "retires" if replacement.soft else "clears"
    what, new = ("the row", ("row A", "row B")) if single else ("the rows", ("its rows", "its rows, too"))
    of = f" for {replacement.key}" if replacement.key else ""
    reader = (Moment(2, "", None, f"finds no row{of}", harm=True),)
    moments = (
        Moment(0, *clear, f"{verb} {what}{of} in `{replacement.resource}`"),
        *(() if replacement.transaction else reader),
        Moment(1, *clear, f"{verb} {what}{of}: nothing is left, and what A will insert is not there yet"),
        Moment(0, *insert, f"inserts {new[0]}{' and commits' if replacement.transaction else ''}"),
        Moment(1, *insert, f"inserts {new[1]}", harm=True),
    )
    return Story(
        _REQUESTS if replacement.transaction else (*_REQUESTS, _READER), moments, _mixture(replacement, of), _transaction(replacement)
    )


def _mixture(replacement: Replacement, of: str) -> str:
    if replacement.shape == "row":
        return f"There are two rows{of}; with a unique constraint, an error in request B."
    return f"The rows of both requests{of} stand side by side. Had the insert of A failed, the old rows would be gone."


def _transaction(replacement: Replacement) -> str:
    if replacement.transaction:
        return "Both statements are in one transaction: a reader sees no gap, but request B does not wait for a row that is not there yet."
    if replacement.committed_between:
        return "The clear is committed before the insert: no transaction holds the two together."
    return "The two statements are not in one transaction."


def _end(chain: tuple[ChainStep, ...], function: str, place: Place) -> str:
    """The function where a half ends, by its short name."""
    return local_name(chain[-1]) if chain else _name(function, place)


def _name(function: str, place: Place) -> str:
    return local_name(ChainStep(function, place))
