"""The stage select, and what an earlier run kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from session_lint.analysis.getter_names import getter_shape
from session_lint.analysis.jobs import library_models
from session_lint.analysis.kept import selection_key
from session_lint.analysis.project import Project
from session_lint.analysis.statements import statement_files, verbs_by_name, verbs_by_user
from session_lint.facts.module_index import ModuleIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.analysis.index.kinds import Seeds
    from session_lint.analysis.index.select import Selection

Wanted = Mapping[str, frozenset[str]]


def wanted(project: Project, indexes: Sequence[ModuleIndex], *, everything: bool = False, leading: bool = False) -> Wanted:
    """The functions to extract, by path: `everything`, what is `leading` to a getter, or what can take part in a finding."""
    key = "" if everything or leading else selection_key(project, indexes)
    kept = project.cache.get_many("selection", [key]).get(key) if key else None
    if isinstance(kept, dict):
        return kept
    chosen = _chosen(project, indexes, everything=everything, leading=leading)
    found = {path: functions for path, functions in chosen.items() if functions}
    if key:
        project.cache.put_many("selection", {key: found})
    return found


def explained(project: Project, indexes: Sequence[ModuleIndex]) -> Selection:
    """What can take part in a finding, chosen anew, with the reason for each function."""
    from session_lint.analysis.index.select import select

    return select(indexes, seeds=_seeds(project, indexes), muted=project.muted)


def left_out(project: Project, indexes: Sequence[ModuleIndex], path: str, qualname: str) -> tuple[str, ...]:
    """Why a function that was not chosen was not, a sentence each."""
    from session_lint.analysis.index.unselected import Unselected

    clients = {model.stem: model.evidence for model in library_models()}
    return Unselected(indexes, _seeds(project, indexes), clients).reasons(path, qualname)


def _chosen(project: Project, indexes: Sequence[ModuleIndex], *, everything: bool, leading: bool) -> Wanted:
    from session_lint.analysis.index.select import select, select_all, select_leading

    if everything:
        return select_all(indexes).wanted
    return (select_leading if leading else select)(indexes, seeds=_seeds(project, indexes), muted=project.muted).wanted


def _seeds(project: Project, indexes: Sequence[ModuleIndex]) -> Seeds:
    from session_lint.analysis.index.kinds import ModelNames, Seeds

    settings, files = project.settings, statement_files(project)
    return Seeds(
        tuple(ModelNames(frozenset(model.words), model.methods, model.evidence, model.openers) for model in library_models()),
        lambda name: getter_shape(name) or settings.may_name(name),
        lambda name: "or_create" in name or settings.may_name(name),
        settings.may_name,
        verbs_by_user(files),
        verbs_by_name(files, indexes),
    )
