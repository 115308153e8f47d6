"""Findings to edits, in passes: plan, combine, edit in memory, analyse again, keep what holds. Writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from session_lint import changeset, pipeline, pool, registry
from session_lint.errors import SessionLintError
from session_lint.facts.finding import Applicability, Finding, Fix
from session_lint.facts.repair import Change, Repair
from session_lint.facts.summary import Repeat, Replacement
from session_lint.pipeline import Outcome
from session_lint.project import Project, RunOptions, in_memory, open_project
from session_lint.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:  # libcst is imported only when there is something to repair
    from session_lint.codemod import Codemod
    from session_lint.rewrite.source import Sources

_PASSES = 10
_GENERATED = re.compile(rb"^[^\n]*@generated", re.MULTILINE)
_TEST = re.compile(r"(?:^|/)(?:tests?/|test_|conftest\.py$)")
_HEAD = 2_000  # bytes in which a generated file says so
Planned = tuple[Finding, Fix]
Identity = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FixOptions:
    """Which repairs. `unsafe`: those too that may change behaviour. `only`: of one codemod. `choose` is asked before each repair."""

    unsafe: bool = False
    only: str = ""
    choose: Callable[[Finding, Fix], bool] | None = None


@dataclass(slots=True)
class _State:
    """Where a run stands: the files as edited so far, and what was found in them."""

    project: Project
    outcome: Outcome
    repaired: list[Finding] = field(default_factory=list)
    refused: dict[Identity, str] = field(default_factory=dict)
    passes: int = 0


def codemods() -> tuple[Codemod, ...]:
    """Every codemod of the room, by name."""
    from session_lint import codemods
    from session_lint.codemod import Codemod

    return registry.discover(codemods, Codemod)  # type: ignore[type-abstract]


def run(settings: Settings, paths: Sequence[str], options: RunOptions, fixing: FixOptions) -> Repair:
    """Works out the repairs of the project on disk. Raises SessionLintError for a path that does not exist."""
    with pool.without_collector():
        return repair(*open_project(settings, paths, options), fixing)


def run_sources(files: Mapping[str, str], settings: Settings, fixing: FixOptions) -> Repair:
    """Works out the repairs of a project given as path -> text."""
    return repair(*in_memory(files, settings), fixing)


def repair(project: Project, reported: frozenset[str], options: FixOptions) -> Repair:
    """Repairs what can be repaired of the reported findings, in memory. Each edit is kept only if its finding is gone and none is new."""
    before = dict(project.contents)
    state = _State(project, pipeline.analyse(project))
    for _ in range(_PASSES):
        wanted = [one for one in plan(state.project, _reported(state, reported), options, state.refused) if _allowed(one[1], options)]
        if options.choose is not None:
            wanted = _chosen(wanted, options.choose, state)
        combined = changeset.combine([fix for _, fix in wanted])
        if not combined.taken:
            break
        state.passes += 1
        _attempt(state, [wanted[number] for number in combined.taken])
    left = pipeline.report(state.project, state.outcome, reported)
    planned = {id(finding): fix for finding, fix in plan(state.project, left.findings, options, state.refused)}
    changes = [Change(path, before[path], data) for path, data in sorted(state.project.contents.items()) if before[path] != data]
    return Repair(
        tuple(state.repaired),
        replace(left, findings=tuple(replace(finding, fix=planned.get(id(finding), finding.fix)) for finding in left.findings)),
        tuple(changes),
        state.passes,
    )


def plan(project: Project, findings: Sequence[Finding], options: FixOptions, refused: dict[Identity, str] | None = None) -> list[Planned]:
    """The fix of each finding that a codemod takes: edits, or the reason why there are none."""
    if not findings:
        return []
    from session_lint.rewrite.source import Sources

    items = [item for item in codemods() if options.only in ("", item.name)]
    sources = Sources(lambda path: _read(project, path), frozenset(project.settings.transparent_decorators), partial(_count, project))
    planned: list[Planned] = []
    for finding in findings:
        reason = (refused or {}).get(_identity(finding))
        fix = Fix(Applicability.DISPLAY, reason) if reason is not None else _planned(finding, items, sources)
        if fix is not None:
            planned.append((finding, fix))
    return planned


def _planned(finding: Finding, items: Sequence[Codemod], sources: Sources) -> Fix | None:
    """The first repair with edits; else the first reason."""
    from session_lint.codemod import refused
    from session_lint.rewrite.source import CannotRepair

    reasons: list[Fix] = []
    for item in items:
        if item.repairs != finding.code or finding.intent is None:
            continue
        try:
            fix = item.fix(finding.intent, sources)
        except CannotRepair as error:
            fix = refused(error)
        if fix.edits:
            return fix
        reasons.append(fix)
    return reasons[0] if reasons else None


def _count(project: Project, pattern: str) -> int:
    """How often a pattern is found in files that are not tests: those often run on another database."""
    sign = re.compile(pattern.encode(), re.MULTILINE)
    return sum(len(sign.findall(data)) for path, data in sorted(project.contents.items()) if not _TEST.search(path))


def _read(project: Project, path: str) -> str:
    from session_lint.rewrite.source import CannotRepair

    data = project.contents.get(path)
    if data is None:
        raise CannotRepair(f"{path} is not a file of the project")
    if _GENERATED.search(data[:_HEAD]):
        raise CannotRepair(f"{path} is marked as generated")
    try:
        return pipeline.decoded(data)[0].removeprefix("\ufeff")
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise CannotRepair(f"{path} cannot be decoded") from error


def _reported(state: _State, reported: frozenset[str]) -> tuple[Finding, ...]:
    return pipeline.report(state.project, state.outcome, reported).findings


def _allowed(fix: Fix, options: FixOptions) -> bool:
    return bool(fix.edits) and (fix.applicability is Applicability.SAFE or (options.unsafe and fix.applicability is Applicability.UNSAFE))


def _chosen(wanted: list[Planned], choose: Callable[[Finding, Fix], bool], state: _State) -> list[Planned]:
    kept: list[Planned] = []
    for finding, fix in wanted:
        if choose(finding, fix):
            kept.append((finding, fix))
        else:
            state.refused[_identity(finding)] = "not wanted"
    return kept


def _attempt(state: _State, batch: list[Planned]) -> None:
    """Makes the edits of a batch if all of it holds; else halves it, to keep what does."""
    combined = changeset.combine([fix for _, fix in batch])
    edited = _edited(state.project, [batch[number][1] for number in combined.taken])
    outcome = pipeline.analyse(edited)
    problem = _problem(state.outcome, outcome, [finding for finding, _ in batch])
    if not problem:
        state.project, state.outcome = edited, outcome
        state.repaired += [replace(finding, fix=fix) for finding, fix in batch]
        return
    if len(batch) == 1:
        state.refused[_identity(batch[0][0])] = problem
        return
    middle = len(batch) // 2
    _attempt(state, batch[:middle])
    # the edits of the first half have moved what stands below them: the rest is planned anew, in the next pass


def _edited(project: Project, fixes: Sequence[Fix]) -> Project:
    edits = changeset.combine(fixes).edits
    encodings = {edit.path: pipeline.decoded(project.contents[edit.path])[1] for edit in edits}
    try:
        changed = changeset.apply(project.contents, edits, encodings)
    except UnicodeEncodeError as error:
        raise SessionLintError(f"a repair needs a character that the file's encoding does not have: {error}") from error
    return replace(project, contents={**project.contents, **changed}, notices=[])


def _problem(before: Outcome, after: Outcome, repaired: Sequence[Finding]) -> str:
    """Why an edit must not stand, "" when it may: every file still parses, the findings are gone, and no other is new."""
    known = set(before.notices)
    for notice in after.notices:
        if notice not in known:
            return f"the edit would break {notice.path}: {notice.message}"
    due = Counter(map(_identity, before.findings))
    due.subtract(map(_identity, repaired))
    gained = {definition.full for finding in repaired if finding.intent is not None for definition in finding.intent.definitions}
    for finding in after.findings:
        identity = _identity(finding)
        due[identity] -= 1
        if due[identity] < 0 and not _rest(finding, gained):
            if identity in set(map(_identity, repaired)):
                return "the edit would not remove the finding"
            return f"the edit would bring a new finding: {finding.code} at {finding.place}: {finding.message}"
    return ""


def _rest(finding: Finding, gained: set[str]) -> bool:
    """A caller of a function that just gained the parameter: the rest of the same repair, for the next pass."""
    material = finding.intent.material if finding.intent is not None else None
    return isinstance(material, Repeat) and material.shape == "omitted" and material.callee in gained


def _identity(finding: Finding) -> Identity:
    """What stays of a finding when lines move."""
    material = finding.intent.material if finding.intent is not None else None
    match material:
        case Repeat():
            return (finding.code, finding.place.path, material.second_function, material.function, material.getter)
        case Replacement():
            return (finding.code, finding.place.path, material.insert_function, material.clear_function, material.resource)
    return (finding.code, finding.place.path, re.sub(r"\d+", "", finding.message))
