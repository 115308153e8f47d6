"""What holds at the `yield` of a context manager, and the ways on which a function gives one thing or another."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.analysis.program.units import Unit
from session_lint.facts.module_facts import Condition
from session_lint.facts.terms import Term


@dataclass(frozen=True, slots=True)
class Around:
    """What holds at the `yield` of a generator: inside a `with` of a context manager made from it, it holds for the block."""

    transaction: bool = False
    ambient: bool = False
    unit: Unit | None = None
    ends: str = ""  # "commit", "close"
    locked: bool = False
    given: Unit | None = None  # the connection that the block is given
    locks: bool = False  # rows, a table or a number are locked in the transaction that is open


@dataclass(frozen=True, slots=True)
class Way:
    """One of several things that a function gives, where tests on what it was handed hold: `session`, or one of its own.

    `around`: what holds there, where it is a context manager.
    """

    value: Term
    conditions: tuple[Condition, ...]
    around: Around | None = None
