"""What parts of the knowledge of a program ask the whole of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from session_lint.analysis.program.events import Summary
from session_lint.analysis.program.presence import Presence
from session_lint.analysis.program.resolution import Resolver
from session_lint.analysis.program.travels import Target
from session_lint.analysis.program.walked import Walk
from session_lint.facts.module_facts import CallSite, FunctionFacts
from session_lint.facts.terms import Term


class Knowing(Protocol):
    """The facts, the links between them, and the summaries and walks made so far, all by full name."""

    facts: Mapping[str, FunctionFacts]
    walks: dict[str, Walk]
    resolver: Resolver

    def is_named(self, name: str | None) -> bool:
        """Whether a function of the project is called so."""

    def summary(self, full: str) -> Summary:
        """The summary of a function, an empty one when there is none yet."""

    def presence(self, full: str, walked: Walk, kept: list[tuple[Term, Term]]) -> Presence:
        """Judges presence in a function, given what its walk has obtained and stored so far."""

    def values(self, full: str, site: CallSite, target: Target) -> dict[str, Term]:
        """What the callee's parameters, and the variables it takes from around it, are in terms of the caller."""

    def simplified(self, full: str, term: Term, presence: Presence) -> Term:
        """A term of a function with what is known of its parts written out."""
