"""The tables of a project as they are listed for people."""

from __future__ import annotations

from dataclasses import dataclass

from session_lint.facts.finding import Notice
from session_lint.facts.location import Place
from session_lint.facts.schema import Table


@dataclass(frozen=True, slots=True)
class Placed:
    """A table with the place of its declaration, and of each of its unique sets."""

    table: Table
    place: Place
    sets: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """The tables declared in the paths. `root` is the project root, an absolute path; "" when the project is in memory."""

    tables: tuple[Placed, ...]
    notices: tuple[Notice, ...] = ()
    root: str = ""
