"""What a file has of the packages outside of the project: imported by itself, or behind what it imports from the project."""

from __future__ import annotations

from session_lint.analysis.index.project_index import ProjectIndex
from session_lint.facts.terms import Ref, root

_HANDED_ON = 3  # packages that hand on what another one has


def imported_packages(project: ProjectIndex, file: int, packages: frozenset[str]) -> frozenset[str]:
    """What a file imports, and the packages behind the classes and objects that it imports from the project: a model, or a client
    that a module keeps in a variable, is its package's anywhere."""
    index = project.files[file]
    own = [*[target for _, target in index.imports], *index.inner_imports, *index.star_imports]
    behind = (project.files[other] for other in _near(project, file) if project.files[other].classes)
    brought = (target for other in behind for target in (*(full for _, full in other.imports), *other.star_imports))
    bases = {target for target in brought if target.partition(".")[0] in packages}
    named = frozenset(own)
    kept = (
        start.name
        for other in project.imported[file]
        for name, term in project.files[other].variables
        if f"{project.files[other].module}.{name}" in named and isinstance(start := root(term), Ref)
    )
    return frozenset([*own, *bases, *(name for name in kept if name.partition(".")[0] in packages)])


def _near(project: ProjectIndex, file: int) -> list[int]:
    """The files that a file imports, and those whose names such a package hands on: it has no class of its own."""
    found = set(project.imported[file])
    front = list(found)
    for _ in range(_HANDED_ON):
        through = [other for other in front if _hands_on(project, other)]
        front = [one for other in through for one in project.imported[other] if one not in found]
        found.update(front)
    return sorted(found)


def _hands_on(project: ProjectIndex, file: int) -> bool:
    index = project.files[file]
    return index.is_package and not index.classes
