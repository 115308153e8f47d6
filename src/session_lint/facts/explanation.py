"""Why a place is reported, or why it is not: what `check --explain` tells."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Notice
from session_lint.facts.location import Place, Span


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a proof, or what stopped it, in plain words; `place` is what it is about, None when it has no place.

    `depth`: how far below the step before it, from 0: the calls on the way to what a call does.
    """

    text: str
    place: Place | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be said of one call. `text` is the call, over `span`; a finding of it would stand at `place`. `outcome` is what
    became of it: "reported: ONE101 ...", "not reported: ..."."""

    text: str
    place: Place
    outcome: str
    steps: tuple[Step, ...] = ()
    span: Span | None = None
    unknown: str = ""  # the called name, where nothing is known of what is called
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to a question for one line.

    `function` is the full name of the function that the line is in, "" when there is none; `start` is where it begins. `steps` are
    about the file, the function, or the line as a whole; `summary` says what the function does for its callers. `root` is the
    project root, an absolute path; "" when the project is in memory.
    """

    path: str
    row: int
    function: str = ""
    start: Place | None = None
    steps: tuple[Step, ...] = ()
    answers: tuple[Answer, ...] = ()
    summary: tuple[Step, ...] = ()
    notices: tuple[Notice, ...] = ()
    root: str = ""
