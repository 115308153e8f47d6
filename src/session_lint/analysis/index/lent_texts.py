"""Texts of statements that files read from files of statements, as other files have them by an import."""

from __future__ import annotations

from collections.abc import Mapping

from session_lint.analysis.index.project_index import ProjectIndex

_STEPS = 2  # files that hand on what they import


def handed_on(project: ProjectIndex, texts: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """The same for files that define nothing and only hand on what they import from such a file."""
    found = dict(texts)
    for _ in range(_STEPS if texts else 0):
        for number, index in enumerate(project.files):
            if index.path not in found and not index.functions and not index.classes:
                lent = [found[path] for other in project.imported[number] if (path := project.files[other].path) in found]
                found |= {index.path: frozenset().union(*lent)} if lent else {}
    return found


def lent_texts(project: ProjectIndex, file: int, texts: Mapping[str, frozenset[str]]) -> tuple[frozenset[str], frozenset[str]]:
    """How the statements start that files imported by one read from files of statements, and the names that it has of those."""
    others = [project.files[other] for other in sorted(project.imported[file]) if project.files[other].path in texts]
    modules = tuple(other.module for other in others)
    index = project.files[file]
    names = [name for name, target in index.imports if any(target == module or target.startswith(f"{module}.") for module in modules)]
    inner = [target.rpartition(".")[2] for target in index.inner_imports]
    return frozenset().union(*(texts[other.path] for other in others)), frozenset([*names, *inner])
