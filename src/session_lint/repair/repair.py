"""Findings to edits, in passes: plan, combine, edit in memory, analyse again, keep what holds. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from session_lint.analysis import pipeline
from session_lint.analysis.checks import Checks
from session_lint.analysis.pipeline import Outcome
from session_lint.analysis.project import Project, RunOptions, in_memory, open_project
from session_lint.facts.finding import Applicability, Finding, Fix, Notice, Report
from session_lint.facts.repair import Change, Repair
from session_lint.project.source import decode
from session_lint.repair import changeset, verify
from session_lint.repair.plan import FixOptions, Identity, Planned, Planner, codemods, identity
from session_lint.runtime import pool
from session_lint.settings.settings import Settings

__all__ = ["FixOptions", "check", "codemods", "plan_one", "repair", "repair_one", "run", "run_sources"]

_PASSES = 20  # that change something
_NOT_WANTED = "not wanted"
_Key: TypeAlias = tuple[Identity, str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class _State:
    """Where a run stands: the files as edited so far, and what was found in them. `unread` are notices from before the analysis."""

    project: Project
    outcome: Outcome
    planner: Planner
    unread: tuple[Notice, ...]
    repaired: list[Finding] = field(default_factory=list)
    refused: dict[_Key, str] = field(default_factory=dict)
    agreed: set[_Key] = field(default_factory=set)
    passes: int = 0


def run(settings: Settings, paths: Sequence[str], options: RunOptions, checks: Checks, fixing: FixOptions) -> Repair:
    """Works out the repairs of the project on disk. Raises SessionLintError for a path that does not exist."""
    with pool.without_collector(), open_project(settings, paths, options, checks) as (project, reported):
        return repair(project, reported, fixing)


def run_sources(files: Mapping[str, str | bytes], settings: Settings, checks: Checks, fixing: FixOptions) -> Repair:
    """Works out the repairs of a project given as path -> content."""
    return repair(*in_memory(files, settings, checks), fixing)


def check(settings: Settings, paths: Sequence[str], options: RunOptions, checks: Checks) -> Report:
    """Like `pipeline.run`, and each finding that can be repaired has the edits that would."""
    with pool.without_collector(), open_project(settings, paths, options, checks) as (project, reported):
        return _with_edits(project, reported, everything=options.show_unresolved)


def check_sources(files: Mapping[str, str | bytes], settings: Settings, checks: Checks) -> Report:
    """Like `pipeline.run_sources`, and each finding that can be repaired has the edits that would."""
    return _with_edits(*in_memory(files, settings, checks), everything=False)


def repair(project: Project, reported: frozenset[str], options: FixOptions) -> Repair:
    """Repairs what can be repaired of the reported findings, in memory. Each edit is kept only if its finding is gone and none is new."""
    before = dict(project.contents)
    project.cache = project.cache.or_in_memory()  # the passes share what they learn of files that no edit touches
    unread = tuple(project.notices)
    state = _State(project, pipeline.analyse(project), Planner(project, options), unread)
    while state.passes < _PASSES:
        batch = _batch(state, _planned(state, _report(state, reported).findings), options)
        if not batch:
            break
        state.passes += _attempt(state, batch)
    left = _report(state, reported)
    fixes = {id(finding): fix for finding, fix in _planned(state, left.findings)}
    findings = tuple(replace(finding, fix=fixes.get(id(finding), _unknown(finding))) for finding in left.findings)
    return Repair(
        tuple(state.repaired),
        replace(
            left,
            findings=findings,
            notices=(*left.notices, *state.planner.failures),
            sources=_sources(state.project, left, findings),
            repaired=tuple(state.repaired),
        ),
        tuple(Change(path, before.get(path), data) for path, data in sorted(state.project.contents.items()) if before.get(path) != data),
        state.passes,
    )


def plan_one(project: Project, finding: Finding) -> Fix | None:
    """The repair that one finding would get, not yet tried; None where no codemod takes it."""
    with pool.without_collector():
        return next((fix for _, fix in Planner(project, FixOptions()).plan([finding])), None)


def repair_one(project: Project, finding: Finding) -> Repair:
    """Repairs one finding, in memory, safe or not, if what is edited holds."""
    own = identity(finding)
    chosen = FixOptions(unsafe=True, choose=lambda other, _fix, _changes: identity(other) == own)
    with pool.without_collector():
        return repair(project, frozenset({finding.place.path}), chosen)


def _with_edits(project: Project, reported: frozenset[str], *, everything: bool) -> Report:
    report = pipeline.report(project, pipeline.analyse(project, everything=everything), reported)
    planner = Planner(project, FixOptions())
    fixes = {id(finding): replace(fix, advice=_advice(finding)) for finding, fix in planner.plan(report.findings) if fix.edits}
    findings = tuple(replace(finding, fix=fixes.get(id(finding), finding.fix)) for finding in report.findings)
    return replace(report, findings=findings, notices=(*report.notices, *planner.failures), sources=_sources(project, report, findings))


def _sources(project: Project, report: Report, findings: Sequence[Finding]) -> tuple[tuple[str, str], ...]:
    """The texts of the report, and those of the files that the edits of the findings would change."""
    texts = dict(report.sources)
    edited = {edit.path for finding in findings if finding.fix is not None for edit in finding.fix.edits}
    texts |= {path: decode(project.contents[path])[0] for path in (edited & project.contents.keys()) - texts.keys()}
    return tuple(sorted(texts.items()))


def _unknown(finding: Finding) -> Fix:
    """For a finding that no codemod takes."""
    advice = f". {_advice(finding)}" if finding.fix is not None else ""
    return Fix(Applicability.DISPLAY, f"no repair is known{advice}")


def _advice(finding: Finding) -> str:
    return finding.fix.message if finding.fix is not None else ""


def _report(state: _State, reported: frozenset[str]) -> Report:
    return pipeline.report(state.project, state.outcome, reported)


def _planned(state: _State, findings: Sequence[Finding]) -> list[Planned]:
    """The plan, with what was tried in vain or not wanted as a reason."""
    planned = []
    for finding, fix in state.planner.plan(findings):
        reason = state.refused.get(_key(finding, fix))
        planned.append((finding, fix if reason is None else Fix(Applicability.DISPLAY, reason)))
    return planned


def _batch(state: _State, planned: list[Planned], options: FixOptions) -> list[Planned]:
    """The repairs that can be made together. Who chooses is asked about those only: what waits may look different in the next pass."""
    wanted = [(finding, fix) for finding, fix in planned if options.allows(fix)]
    while wanted:
        batch = [wanted[number] for number in changeset.combine([fix for _, fix in wanted]).taken]
        chosen = [one for one in batch if _chosen(state, *one, options)]
        if chosen:
            return chosen
        wanted = [one for one in wanted if one not in batch]  # what had to wait for these comes forward
    return []


def _chosen(state: _State, finding: Finding, fix: Fix, options: FixOptions) -> bool:
    key = _key(finding, fix)
    if options.choose is None or key in state.agreed:
        return True
    try:
        changes = _changes(state.project, [fix])
    except changeset.CannotApply as error:
        state.refused[key] = error.reason
        return False
    if options.choose(finding, fix, changes):
        state.agreed.add(key)
        return True
    state.refused[key] = _NOT_WANTED
    return False


def _attempt(state: _State, batch: list[Planned]) -> bool:
    """Makes the edits of a batch if all of it holds; else without those to blame, else by halves. Whether any edit was made.

    After an edit what stands below it has moved: the rest of the batch is planned anew, in the next pass.
    """
    found = _try(state, batch)
    if not found:
        return True
    if len(batch) == 1:
        state.refused[_key(*batch[0])] = found[0]
        return False
    good = [one for number, one in enumerate(batch) if number not in found]
    bad = [one for number, one in enumerate(batch) if number in found]
    if not good:
        middle = len(batch) // 2
        good, bad = batch[:middle], batch[middle:]
    return _attempt(state, good) or _attempt(state, bad)


def _try(state: _State, batch: list[Planned]) -> dict[int, str]:
    """Makes the edits of a batch, if nothing speaks against it. What does, by the numbers of the repairs."""
    combined = changeset.combine([fix for _, fix in batch])
    try:
        changes = _changes(state.project, [fix for _, fix in batch])
    except changeset.CannotApply as error:
        found: dict[int, str] = {}
        verify.blame(found, batch, (error.path,), error.reason)
        return found
    contents = dict(sorted({**state.project.contents, **{change.path: change.after for change in changes}}.items()))
    edited = replace(state.project, contents=contents, notices=list(state.unread))
    outcome = pipeline.analyse(edited)
    found = verify.problems(state.outcome, outcome, batch, combined.edits)
    if not found:
        state.project, state.outcome = edited, outcome
        state.planner.edited(edited, [change.path for change in changes])
        state.repaired += [replace(finding, fix=fix) for finding, fix in batch]
    return found


def _changes(project: Project, fixes: Sequence[Fix]) -> tuple[Change, ...]:
    """What fixes make of the files. Raises CannotApply."""
    edits = changeset.combine(fixes).edits
    encodings = {edit.path: decode(project.contents[edit.path])[1] for edit in edits if edit.path in project.contents}
    changed = changeset.apply(project.contents, edits, encodings)
    return tuple(Change(path, project.contents.get(path), data) for path, data in changed.items())


def _key(finding: Finding, fix: Fix) -> _Key:
    """A repair, wherever it may have moved to."""
    return identity(finding), fix.message, tuple((edit.path, edit.content) for edit in fix.edits)
