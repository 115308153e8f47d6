"""What `doctor` found around the project."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Notice


@dataclass(frozen=True, slots=True)
class Mending:
    """What `doctor --fix` does about a trap: in the row of a file `old`, which stands there once, becomes `new`; with row 0 `new` is put
    at the end of the file, which is made when there is none. `path` is relative to the project root."""

    path: str
    new: str
    row: int = 0
    old: str = ""


@dataclass(frozen=True, slots=True)
class Caught:
    """One place where a neighbour hides findings, drops their comments, or a setting does nothing.

    `path` is relative to the project root, with `..` for what lies above it; `row` is 1-based, 0 for the file as a whole.
    `change` is what to write, exactly; `mending` the same for a program, where there is only one way to write it.
    """

    trap: str
    path: str
    row: int
    message: str
    why: str
    change: str
    mending: Mending | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was caught, sorted, and what could not be read; `mended`: what is no trap any more."""

    caught: tuple[Caught, ...]
    notices: tuple[Notice, ...] = ()
    root: str = ""
    mended: tuple[Caught, ...] = ()
