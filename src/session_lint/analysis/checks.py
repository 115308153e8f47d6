"""What the analysis asks of a rule. It knows no rule and no folder of them: whoever starts it hands them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeAlias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.analysis.program.program import Program
    from session_lint.facts.finding import Finding


class Check(Protocol):
    """A rule as the pipeline sees it."""

    @property
    def code(self) -> str:
        """Its code, "ONE103"."""

    @property
    def name(self) -> str:
        """Its name, "unthreaded-session"."""

    def check(self, program: Program) -> Iterator[Finding]:
        """The findings in a program."""


Checks: TypeAlias = Callable[[], Iterable[Check]]  # called only when there is something to check: to import the rules takes time


def no_checks() -> tuple[Check, ...]:
    """For what asks the program alone: the call graph, the cost, the getters."""
    return ()
