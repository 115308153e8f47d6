"""Under which keys the outcome of later stages is kept: what they read, and nothing else, so that an edit that changes none of it is free.

The key is "" when something that was read has no imprint; then nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from session_lint.analysis.project import Project
from session_lint.analysis.schemas import schema_key, schema_stamp
from session_lint.facts.module_facts import ModuleFacts
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.terms import Invoke
from session_lint.runtime.cache import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.analysis.index.modules import Modules


def project_key(project: Project, *, everything: bool) -> str:
    """The key of the outcome as long as no file has changed."""
    parts = [f"{path}:{project.digest_of(path)}" for path in sorted(project.contents)]
    notices = [f"{notice.path}:{notice.message}" for notice in project.notices]  # of what could not be read: no file has changed by it
    return digest(str(everything), *parts, *sorted(project.muted), *project.roots, *notices, _statements(project), schema_stamp(project))


def selection_key(project: Project, indexes: Sequence[ModuleIndex]) -> str:
    """The key of what is selected: it rests on what the files name, wherever that stands, on the statements that they refer to, and on
    which of them are muted."""
    if not project.cache.is_on:
        return ""
    shapes = [index.shape for index in indexes]
    paths = [index.path for index in indexes]
    return digest("selection", _listed(paths), *shapes, *sorted(project.muted), _statements(project)) if all(shapes) else ""


def outcome_key(project: Project, indexes: Sequence[ModuleIndex], facts: Sequence[ModuleFacts]) -> str:
    """The key of what the program and the rules find: it rests on what the files name, and on the facts with their places."""
    selection = selection_key(project, indexes)
    imprints = [module.imprint for module in facts]
    if not selection or not all(imprints):
        return ""
    paths = [module.path for module in facts]
    rows = [f"{one.row}" for index in indexes for one in index.classes if any(isinstance(value, Invoke) for _, value in one.attributes)]
    rows += [f"{one.first_line}" for index in indexes for one in index.functions if one.flow is not None]
    return digest("outcome", selection, _listed(paths), *imprints, *project.roots, schema_key(project), _listed(rows))


def imported(project: Project, modules: Modules, index: ModuleIndex) -> frozenset[int]:
    """The numbers of the files that a file imports."""
    return project.memo.get("imported", index.path, (index, modules), lambda: modules.imported(index))


def aliased(project: Project, indexes: Sequence[ModuleIndex]) -> dict[str, str]:
    """The other names of modules, each with the one by which the module goes."""
    paths = [index.path for index in indexes]
    return project.memo.get("aliased", "", (project.names, paths), lambda: project.names.aliased(paths))


def _statements(project: Project) -> str:
    files = [f"{path}:{digest(data)}" for path, data in sorted(project.statements.contents.items())]
    users = ["\n".join((user, *paths)) for user, paths in sorted(project.statements.users.items())]
    return digest(_listed(files), *users)


def _listed(paths: Sequence[str]) -> str:
    return digest(*paths)
