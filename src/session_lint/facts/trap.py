"""What `doctor` found around the project."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Notice


@dataclass(frozen=True, slots=True)
class Caught:
    """One place where a neighbour hides findings, drops their comments, or a setting does nothing.

    `path` is relative to the project root, with `..` for what lies above it; `row` is 1-based, 0 for the file as a whole.
    `change` is what to write, exactly.
    """

    trap: str
    path: str
    row: int
    message: str
    why: str
    change: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was caught, sorted, and what could not be read."""

    caught: tuple[Caught, ...]
    notices: tuple[Notice, ...] = ()
    root: str = ""
