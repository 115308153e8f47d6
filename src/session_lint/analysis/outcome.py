"""What the analysis of a whole project gave, and what of it is reported: by rules, paths, suppressions and the baseline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache

from session_lint.analysis.project import Project
from session_lint.facts.finding import Finding, Notice, Related, Report, Unresolved
from session_lint.facts.known import Base, Compared, Known
from session_lint.facts.seen import Seen
from session_lint.known import baseline
from session_lint.known.suppressions import UNUSED, Suppressions
from session_lint.project.source import decode
from session_lint.settings.patterns import Patterns


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the analysis of a whole project gave, before suppressions and before the choice of rules and paths."""

    findings: tuple[Finding, ...] = ()
    notices: tuple[Notice, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    resolved_calls: int = 0
    outside_calls: int = 0
    effect_calls: int = 0  # calls with an effect on stored state, in the functions that were analysed
    obtaining_calls: int = 0  # those of them that get or create a record
    getters: int = 0  # those of the functions that are getters
    unsettled: int = 0  # getters and upserts of libraries of which the schema does not tell whether their key is unique
    seen: Seen | None = None


def report(project: Project, outcome: Outcome, reported: frozenset[str]) -> Report:
    """What the paths and the settings choose of an outcome."""
    open_, excused, suppressed = _sorted_out(project, outcome)
    if project.settings.report_unused_suppressions and not outcome.notices:
        open_ += _unused(project, outcome, reported)
    compared = None
    if project.known is not None:
        open_, compared = _compared(project, project.known, open_, reported, whole=not outcome.notices)
    since = None
    if project.base is not None:
        open_, since = _compared(project, project.base.known, open_, reported, whole=not outcome.notices)
        open_ = _at_the_change(project, project.base, open_)
    asked = (one for one in (*open_, *excused) if project.settings.shows(one.confidence))  # what is doubted is known all the same
    shown = sorted((one for one in asked if _touches(one, reported)), key=lambda one: one.sort_key)
    paths = sorted({path for finding in shown for path in _paths(finding)})
    return Report(
        findings=tuple(shown),
        notices=outcome.notices,
        files=tuple(sorted(reported)),
        suppressed=sum(_touches(finding, reported) for finding in suppressed),
        resolved_calls=outcome.resolved_calls,
        external_calls=outcome.outside_calls,
        unresolved=tuple(u for u in outcome.unresolved if u.place.path in reported),
        sources=tuple((path, text_of(project.contents[path])) for path in paths if path in project.contents),
        baseline=compared,
        base=since,
        base_name=project.base.name if project.base is not None else "",
        seen=outcome.seen,
    )


def text_of(data: bytes) -> str:
    """The text of a file; of one that cannot be decoded, what can be made of it."""
    try:
        return decode(data)[0]
    except (SyntaxError, UnicodeError, LookupError):
        return data.decode("utf-8", "replace")


def _sorted_out(project: Project, outcome: Outcome) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """The findings of the selected rules that are open; those that only a `noqa` switches off, when that is left to the caller; and
    those that a comment switches off."""
    settings = project.settings
    suppressions: dict[str, Suppressions] = {}
    open_: list[Finding] = []
    excused: list[Finding] = []
    suppressed: list[Finding] = []
    for finding in outcome.findings:
        path = finding.place.path
        if not settings.selects(finding.code) or finding.code in settings.ignored_codes(path):
            continue
        if path not in suppressions:
            suppressions[path] = Suppressions.read(text_of(project.contents[path]))
        covers, row = suppressions[path].covers, finding.place.span.row
        if not covers(row, finding.code, finding.name):
            open_.append(finding)
        elif settings.respect_noqa or covers(row, finding.code, finding.name, noqa=False):
            suppressed.append(finding)
        else:
            excused.append(finding)
    return open_, excused, suppressed


def _unused(project: Project, outcome: Outcome, reported: frozenset[str]) -> list[Finding]:
    """The suppressions in the reported files that suppress nothing, which is known when all of the project was analysed."""
    from session_lint.known import unused_suppressions

    pairs = [(rule.code, rule.name) for rule in project.checks()]
    by_path: dict[str, list[Finding]] = {}
    for finding in outcome.findings:
        by_path.setdefault(finding.place.path, []).append(finding)
    found = []
    for path in sorted(reported & project.contents.keys()):
        data = project.contents[path]
        if b"ONE" in data or b"session-lint:" in data:
            module = project.names.of(path)[0]
            found += unused_suppressions.unused(path, module, text_of(data), by_path.get(path, []), pairs)
    suppressions = {path: Suppressions.read(text_of(project.contents[path])) for path in {one.place.path for one in found}}
    return [one for one in found if not suppressions[one.place.path].covers(one.place.span.row, one.code, one.name, noqa=False)]


def _compared(
    project: Project, known: tuple[Known, ...], findings: list[Finding], reported: frozenset[str], *, whole: bool
) -> tuple[list[Finding], Compared]:
    """The findings that are not known. All of the project are compared, so that what is new does not hang on the paths of a run.
    Nothing is gone unless the `whole` project could be analysed."""
    modules = {project.names.of(path)[0] for path in project.contents}
    matched = baseline.match(known, findings, modules, lambda path: text_of(project.contents.get(path, b"")))
    gone = tuple(entry for entry in matched.missing if whole and _judged(project, entry, reported))
    kept = baseline.merged((*baseline.entries(matched.known), *(entry for entry in matched.missing if entry not in gone)))
    new = {id(finding) for finding in matched.new}
    hidden = sum(_touches(finding, reported) for finding in matched.known)
    return [finding for finding in findings if id(finding) in new], Compared(hidden, gone, kept)


def _at_the_change(project: Project, base: Base, findings: list[Finding]) -> list[Finding]:
    """The findings, each where a line has changed since."""

    @cache
    def changed(path: str) -> frozenset[int]:
        before, after = base.contents.get(base.renamed.get(path, path), b""), project.contents.get(path, b"")
        return changed_rows(text_of(before).split("\n"), text_of(after).split("\n"))

    return [anchored(finding, changed) for finding in findings]


def _judged(project: Project, entry: Known, reported: frozenset[str]) -> bool:
    """Whether this run would have found what the entry stands for: its rule was run, and its file was asked for or is no more."""
    if entry.code == UNUSED and not project.settings.report_unused_suppressions:
        return False
    if entry.code != UNUSED and not project.settings.selects(entry.code):
        return False
    if entry.path in reported:
        return True
    if entry.path in project.contents or (project.settings.root / entry.path).exists():
        return False
    tests = Patterns(project.settings.test_paths)
    return any(_holds(place, entry.path) and (tests.matches(place) or not tests.matches(entry.path)) for place in project.asked)


def _holds(directory: str, path: str) -> bool:
    return not directory or path == directory or path.startswith(f"{directory}/")


def _paths(finding: Finding) -> set[str]:
    places: Iterable[str] = (
        finding.place.path,
        *(related.place.path for related in finding.related),
        *(step.place.path for step in finding.chain),
    )
    return set(places)


def _touches(finding: Finding, reported: frozenset[str]) -> bool:
    """A finding is shown when any step of its path is in a file that was asked for."""
    return not _paths(finding).isdisjoint(reported)


def anchored(finding: Finding, changed: Callable[[str], Collection[int]]) -> Finding:
    """The finding at the step of its path that is on a changed line, the nearest to where it stands, if it does not stand on one itself.

    `changed` gives the changed rows of a file. Where the finding really stands becomes a related place.
    """
    places = [finding.place, *(step.place for step in reversed(finding.chain)), *(related.place for related in finding.related)]
    anchor = next((place for place in places if place.span.row in changed(place.path)), finding.place)
    if anchor == finding.place:
        return finding
    real = Related("a suppression goes on this line, where the finding stands", finding.place)
    return replace(finding, place=anchor, related=(real, *finding.related))


def changed_rows(before: Sequence[str], after: Sequence[str]) -> frozenset[int]:
    """The rows (1-based) of the lines `after` that are not among those `before`."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    matcher = SequenceMatcher(None, before[start : len(before) - end], after[start : len(after) - end], autojunk=False)
    rows: set[int] = set()
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind in ("replace", "insert"):
            rows.update(range(start + first + 1, start + last + 1))
    return frozenset(rows)
