"""Trap `getter-settings`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from fnmatch import fnmatchcase

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings, row_of


class GetterSettings(Trap):
    """A name in `getters` is that of no function which the project has, imports or calls."""

    why = "the function that was meant is not taken for a getter, and what it obtains twice is not found"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        if not project.settings.getters:
            return
        names = project.names()
        defined = {full.rpartition(".")[2] for full in names.functions}
        row = row_of(project.text(project.root / "pyproject.toml") or "", "getters", "tool.session-lint")
        for getter in project.settings.getters:
            if any(getter.matches(full) for full in names.functions | names.imported):
                continue
            last = getter.name.rpartition(".")[2]
            if any(fnmatchcase(name, last) for name in names.called - defined):  # a method of a library, maybe
                continue
            yield self.caught(
                "pyproject.toml",
                row,
                f"`getters` names {getter.name}, and there is no such function",
                _change(getter.name, names.functions),
            )


def _change(name: str, functions: frozenset[str]) -> str:
    last = name.rpartition(".")[2]
    same = sorted(full for full in functions if full.rpartition(".")[2] == last)
    bare = sorted({full.rpartition(".")[2] for full in functions})
    close = difflib.get_close_matches(name, same, n=1, cutoff=0) or difflib.get_close_matches(last, bare, n=1)
    if not close:
        return f'remove "{name}"'
    return f'write "{close[0]}" in place of "{name}"'
