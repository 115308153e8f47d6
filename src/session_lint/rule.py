"""The contract of a rule: a read-only query over the program that yields findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from session_lint.facts.finding import Finding
from session_lint.program.program import Program


class Rule(ABC):
    """One rule. The class docstring is its page; its headings are checked by the meta-tests."""

    code: ClassVar[str]
    since: ClassVar[str]

    @property
    def name(self) -> str:
        """The rule's name: the stem of its file, with hyphens."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    @abstractmethod
    def check(self, program: Program) -> Iterator[Finding]:
        """The findings of this rule, in any order."""
