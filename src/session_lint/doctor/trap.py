"""The contract of a trap: one way in which a neighbour, or a setting, makes this linter say less than it should."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from session_lint.facts.trap import Caught, Mending
from session_lint.project.surroundings import Surroundings


class Trap(ABC):
    """One trap. The first line of the class docstring is what the documentation says of it; `why` is what it costs."""

    why: ClassVar[str]

    @property
    def name(self) -> str:
        """The trap's name: the stem of its file, with hyphens."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def caught(self, path: str, row: int, message: str, change: str, why: str = "", mending: Mending | None = None) -> Caught:
        """One place of this trap."""
        return Caught(self.name, path, row, message, why or self.why, change, mending)

    @abstractmethod
    def look(self, project: Surroundings) -> Iterator[Caught]:
        """The places, in any order."""
