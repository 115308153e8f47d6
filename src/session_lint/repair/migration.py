"""The contract of a migration: the file of one tool that brings what a class declares into the database.

The file first says what to do with the rows that are there twice, and stops while there are any; where nothing but the key is in them
it may remove the copies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from session_lint.facts.finding import Edit
from session_lint.facts.location import Span
from session_lint.repair.declaration import Missing
from session_lint.repair.rewrite.file.source import CannotRepair, Sources


@dataclass(frozen=True, slots=True)
class Step:
    """A migration that is to be made: the file, and how its tool is told to run it. `removes`: rows that are there twice are copies, and
    all but one go."""

    path: str
    text: str
    command: str
    removes: bool = False

    @property
    def edit(self) -> Edit:
        """The file, which is new."""
        return Edit(self.path, self.text, Span(1, 1, 1, 1), new=True)


class Migration:
    """One tool. `readers` are the stems of the schema readers whose tables it looks after."""

    readers: ClassVar[frozenset[str]] = frozenset()

    def step(self, missing: Missing, sources: Sources) -> Step | None:
        """What is to be made; None in a project that does not use the tool.

        Raises CannotRepair where it cannot be told what comes before.
        """
        raise NotImplementedError


def head(after: Mapping[str, Collection[str]], replaced: Iterable[str] = ()) -> str:
    """The one step that no other comes after, of steps with those they come after; those that are `replaced` by one do not count.

    Raises CannotRepair when there are several, or none.
    """
    gone = set(replaced)
    below = {name for one, names in after.items() if one not in gone for name in names}
    heads = sorted(name for name in after if name not in below and name not in gone)
    if len(heads) != 1:
        raise CannotRepair(f"its migrations have {len(heads)} heads{': ' if heads else ''}{', '.join(heads)}: merge them first")
    return heads[0]
