"""The stage select, and what an earlier run kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from session_lint.analysis.getter_names import getter_shape
from session_lint.analysis.jobs import library_models
from session_lint.analysis.kept import selection_key
from session_lint.analysis.outcome import Outcome
from session_lint.analysis.project import Project
from session_lint.analysis.statements import statement_files, verbs_by_name, verbs_by_user
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.seen import Above, Seen
from session_lint.project.above import above
from session_lint.project.source_roots import module_aliases, module_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.analysis.index.kinds import ModelNames, Seeds
    from session_lint.analysis.index.select import Selection


@dataclass(frozen=True, slots=True)
class Chosen:
    """The functions to extract, by path, and what was seen besides; None when nothing was left out."""

    wanted: Mapping[str, frozenset[str]]
    seen: Seen | None = None


def chosen(project: Project, indexes: Sequence[ModuleIndex], *, everything: bool = False, leading: bool = False) -> Chosen:
    """What to extract: `everything`, what is `leading` to a getter, or what can take part in a finding."""
    key = "" if everything or leading else selection_key(project, indexes)
    kept = project.cache.get_many("selection", [key]).get(key) if key else None
    if isinstance(kept, Chosen):
        return kept
    selection = _selection(project, indexes, everything=everything, leading=leading)
    wanted = {path: functions for path, functions in selection.wanted.items() if functions}
    found = Chosen(wanted, None if everything or leading else selection.seen)
    if key:
        project.cache.put_many("selection", {key: found})
    return found


def met(project: Project, indexes: Sequence[ModuleIndex], spotted: Seen | None, outcome: Outcome) -> Seen | None:
    """What was seen, with what the analysis made of it, and what lies above the project root; None where nothing was chosen."""
    if spotted is None:
        return None
    higher = _above(project, indexes) if project.on_disk else None
    return replace(
        spotted,
        calls=outcome.effect_calls,
        obtains=outcome.obtaining_calls,
        getters=outcome.getters,
        unsettled=outcome.unsettled,
        above=higher,
    )


def _above(project: Project, indexes: Sequence[ModuleIndex]) -> Above | None:
    """What of the imports lies above the project root."""
    imports = [target for index in indexes if index.path not in project.muted for target in index.targets]
    names = [name for path in project.contents for name in (module_name(path, project.roots)[0], *module_aliases(path, project.roots))]
    return above(project.settings.root, imports, names) if imports else None


def explained(project: Project, indexes: Sequence[ModuleIndex]) -> Selection:
    """What can take part in a finding, chosen anew, with the reason for each function."""
    from session_lint.analysis.index.select import select

    return select(indexes, seeds=_seeds(project, indexes), muted=project.muted)


def left_out(project: Project, indexes: Sequence[ModuleIndex], path: str, qualname: str) -> tuple[str, ...]:
    """Why a function that was not chosen was not, a sentence each."""
    from session_lint.analysis.index.unselected import Unselected

    clients = {model.stem: model.evidence for model in library_models()}
    return Unselected(indexes, _seeds(project, indexes), clients).reasons(path, qualname)


def _selection(project: Project, indexes: Sequence[ModuleIndex], *, everything: bool, leading: bool) -> Selection:
    from session_lint.analysis.index.select import select, select_all, select_leading

    if everything:
        return select_all(indexes)
    return (select_leading if leading else select)(indexes, seeds=_seeds(project, indexes), muted=project.muted)


def _seeds(project: Project, indexes: Sequence[ModuleIndex]) -> Seeds:
    from session_lint.analysis.index.kinds import Seeds

    settings, files = project.settings, statement_files(project)
    return Seeds(
        _models(),
        lambda name: getter_shape(name) or settings.may_name(name),
        lambda name: "or_create" in name or settings.may_name(name),
        settings.may_name,
        verbs_by_user(files),
        verbs_by_name(files, indexes),
    )


@lru_cache(maxsize=1)
def _models() -> tuple[ModelNames, ...]:
    from session_lint.analysis.index.kinds import ModelNames

    return tuple(
        ModelNames(frozenset(model.words), model.methods, model.evidence, model.openers, model.stem, model.packages)
        for model in library_models()
    )
