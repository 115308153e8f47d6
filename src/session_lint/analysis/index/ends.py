"""The names that a record has for the rows whose foreign key leads to it: what is on those is on rows of their class."""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.analysis.foreign_keys import foreign_key, is_abstract, other_name
from session_lint.analysis.index.kinds import Own
from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.facts.terms import dotted


def other_ends(project: ProjectIndex) -> dict[str, set[str]]:
    """Name -> bare names of the classes whose rows it may mean."""
    found: dict[str, set[str]] = {}
    below: dict[str, list[str]] | None = None
    for index in project.files:
        options = {item.qualname: dict(item.attributes) for item in index.classes if item.qualname.endswith(".Meta")}
        for item in index.classes:
            own = options.get(f"{item.qualname}.Meta", {})
            full = f"{index.module}.{item.qualname}"
            fields = [field for _, term in item.attributes if (field := foreign_key(term)) is not None]
            owners = [full]
            if fields and is_abstract(own):
                below = _below(project) if below is None else below
                owners = _all_below(full, below)
            for owner in owners:
                for field in fields:
                    found.setdefault(other_name(field, owner, own), set()).add(owner.rpartition(".")[2])
    return found


def _below(project: ProjectIndex) -> dict[str, list[str]]:
    """The full names of classes by the bare name of a class that they are written to be below."""
    found: dict[str, list[str]] = {}
    for index in project.files:
        for item in index.classes:
            for base in item.bases:
                found.setdefault((dotted(base) or "").rpartition(".")[2], []).append(f"{index.module}.{item.qualname}")
    return found


def _all_below(full: str, below: Mapping[str, list[str]]) -> list[str]:
    found = dict.fromkeys([full])
    work = [full]
    while work:
        new = [one for one in below.get(work.pop().rpartition(".")[2], ()) if one not in found]
        found.update(dict.fromkeys(new))
        work += new
    return list(found)


def add_ends(found: Mapping[str, Own], ends: Mapping[str, set[str]]) -> None:
    """Add the class to what is on `cart.lines`: another function may say it."""
    for hints in (hints for own in found.values() for hints in own.values()) if ends else ():
        if not hints.isdisjoint(ends):
            hints.update(*[ends[hint] for hint in hints if hint in ends])
