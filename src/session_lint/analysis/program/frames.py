"""What the walk of one function asks of the rest of the program, and what it is told of a `with` block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from session_lint.analysis.program.around import Around
from session_lint.analysis.program.attributes_read import Telling
from session_lint.analysis.program.events import Event, Possible
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.sequences import Sequence
from session_lint.analysis.program.units import Unit
from session_lint.analysis.program.walked import Walk
from session_lint.facts.effects import EffectKind, Scope, ScopeKind
from session_lint.facts.module_facts import Condition, FunctionFacts
from session_lint.facts.terms import Term


class Walking(Protocol):
    """Where a walk stands, for those who make the events of a call."""

    facts: FunctionFacts
    out: Walk
    conditions: tuple[Condition, ...]
    locked: bool
    presence: Presence

    turn: dict[int, int]
    meant: dict[int, str]

    def covering(self, unit: Unit | None) -> tuple[str, ...]:
        """The open transactions that cover what runs on a connection."""


@dataclass(frozen=True, slots=True)
class Covering:
    """A transaction that is open here. `ambient`: it covers every connection."""

    name: str
    unit: Unit | None = None
    ambient: bool = True

    def is_ended(self, event: Event) -> bool:
        """Whether a commit inside the block that opens it ends it: the next statement begins another one."""
        return event.kind is EffectKind.COMMIT and not self.ambient and event.unit is not None and self.unit == event.unit


def by_decorators(full: str, facts: FunctionFacts) -> tuple[Covering, ...]:
    """The transactions that decorators of clients open around a function."""
    return tuple(Covering(f"{full}@{number}") for number, one in enumerate(facts.scopes) if one.kind is ScopeKind.TRANSACTION)


@dataclass(frozen=True, slots=True)
class Managed:
    """What a `with` block does: events on entry and at its end, a transaction or a lock for what is inside, an end of its connection."""

    around: Around
    enter: tuple[Event, ...] = ()
    late: tuple[Event, ...] = ()
    nested: bool = False

    def is_inner(self, around: tuple[Covering, ...]) -> bool:
        """Whether the block is a savepoint of a transaction around it."""
        own = self.around
        return self.nested or any(one.ambient if own.ambient else not one.ambient and one.unit == own.unit for one in around)


class Frames(Protocol):
    """What the walk of a function asks of the rest of the program."""

    def produce(self, site: int, walker: Walking) -> list[Event]:
        """The events of a call, in the caller's terms; not those that wait for the end of a `with` block."""

    def managed(self, scope: Scope, walker: Walking) -> Managed | None:
        """What a `with` block does; None when nothing is known of it."""

    def possible(self, site: int) -> tuple[tuple[str, tuple[Possible, ...]], ...]:
        """The functions that a call enters, each with the pairs in it that a caller may tell."""

    def made(self, site: int) -> frozenset[int]:
        """The calls whose record is there once the insert of a call site has happened."""

    def value(self, term: Term, walker: Walking) -> Term:
        """A term with what is known of its parts at this point written out."""

    def telling(self, walker: Walking) -> Telling:
        """What calls give at this point."""

    def sequence(self, number: int) -> Sequence:
        """What a loop calls of the list of functions that it runs over."""

    def presence(self, walked: Walk) -> Presence:
        """Judges guards in this function."""

    def unit(self, term: Term | None) -> Unit | None:
        """The connection that a term stands for."""
