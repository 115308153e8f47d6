"""The names that a record has for the rows whose foreign key leads to it: what is on those is on rows of their class."""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.analysis.foreign_keys import foreign_key, other_name
from session_lint.analysis.index.kinds import Own
from session_lint.analysis.index.project_index import ProjectIndex


def other_ends(project: ProjectIndex) -> dict[str, set[str]]:
    """Name -> bare names of the classes whose rows it may mean."""
    found: dict[str, set[str]] = {}
    for index in project.files:
        for item in index.classes:
            for _, term in item.attributes:
                field = foreign_key(term)
                if field is not None:
                    found.setdefault(other_name(field, item.qualname), set()).add(item.qualname.rpartition(".")[2])
    return found


def add_ends(found: Mapping[str, Own], ends: Mapping[str, set[str]]) -> None:
    """Add the class to what is on `cart.lines`: another function may say it."""
    for hints in (hints for own in found.values() for hints in own.values()) if ends else ():
        if not hints.isdisjoint(ends):
            hints.update(*[ends[hint] for hint in hints if hint in ends])
