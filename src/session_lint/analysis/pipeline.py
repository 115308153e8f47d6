"""The only module that knows the order of the stages."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeAlias, TypeVar

from session_lint.analysis.checks import Checks
from session_lint.analysis.extracting import extract_jobs
from session_lint.analysis.flows import changing, facts_of, with_flows
from session_lint.analysis.getter_names import getter_shape
from session_lint.analysis.jobs import Extractor, Indexer, IndexJob, library_models, prefilter, prepare_extract
from session_lint.analysis.kept import aliased, imported, outcome_key, project_key
from session_lint.analysis.outcome import Outcome, report
from session_lint.analysis.project import Project, RunOptions, find_files, in_memory, open_project
from session_lint.analysis.schemas import declared, newest_release, schema_readers
from session_lint.analysis.selecting import Chosen, chosen, met
from session_lint.analysis.statements import libraries_in_use, statement_files
from session_lint.analysis.work import begin
from session_lint.facts.cost import CostReport
from session_lint.facts.finding import Finding, Notice, Report
from session_lint.facts.getters import GettersReport
from session_lint.facts.module_facts import ModuleFacts
from session_lint.facts.module_index import ModuleIndex
from session_lint.facts.schema_report import SchemaReport
from session_lint.project.discovery import select_reported
from session_lint.project.module_names import ModuleNames
from session_lint.project.source_roots import module_of
from session_lint.runtime import pool
from session_lint.runtime.cache import digest
from session_lint.settings.settings import Settings

__all__ = [
    "Outcome",
    "analyse",
    "ask",
    "ask_sources",
    "build_program",
    "cost",
    "discover",
    "every_file",
    "extract_facts",
    "finished",
    "getter_names",
    "graph",
    "graph_sources",
    "index_files",
    "judged",
    "list_files",
    "prefilter",
    "program_of",
    "report",
    "run",
    "run_sources",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.analysis.program.getters import GetterNames
    from session_lint.analysis.program.program import Program
Answer = TypeVar("Answer", CostReport, GettersReport, SchemaReport)
Query: TypeAlias = Callable[[Project, frozenset[str]], Answer]


def run(settings: Settings, paths: Sequence[str], options: RunOptions, checks: Checks) -> Report:
    """Analyses the project and reports what the paths choose. Raises SessionLintError for a path that does not exist."""
    with pool.without_collector(), open_project(settings, paths, options, checks) as (project, reported):
        return report(project, analyse(project, everything=options.show_unresolved), reported)


def run_sources(files: Mapping[str, str | bytes], settings: Settings, checks: Checks) -> Report:
    """Analyses a project given as path -> content, without reading or writing a disk."""
    project, reported = in_memory(files, settings, checks)
    return report(project, analyse(project), reported)


def graph(settings: Settings, paths: Sequence[str], options: RunOptions) -> tuple[dict[str, tuple[str, ...]], tuple[Notice, ...]]:
    """The call graph of every function of the project, and what could not be analysed; with paths, the callers are those defined there."""
    with pool.without_collector(), open_project(settings, paths, options) as (project, _):
        indexes = index_files(project, everything=True)
        calls = build_program(project, indexes, everything=True).graph()
        if [path for path in paths if path != "."]:
            files = find_files(settings, paths, options).files
            wanted = select_reported([Path(p) for p in paths], files, replace(settings, test_paths=()))
            modules = {index.module for index in indexes if index.path in wanted}
            calls = {caller: callees for caller, callees in calls.items() if module_of(caller, modules)}
        return calls, _sorted(project.notices)


def graph_sources(files: Mapping[str, str], settings: Settings | None = None) -> dict[str, tuple[str, ...]]:
    """The call graph of a project given as path -> text."""
    project, _ = in_memory(files, settings if settings is not None else Settings(root=Path()))
    return build_program(project, index_files(project, everything=True), everything=True).graph()


def ask(query: Query[Answer], settings: Settings, paths: Sequence[str], options: RunOptions) -> Answer:
    """What `cost` or `discover` has to say of what is defined in the paths."""
    with pool.without_collector(), open_project(settings, paths, options) as (project, reported):
        return replace(query(project, reported), root=str(settings.root))


def ask_sources(query: Query[Answer], files: Mapping[str, str | bytes], settings: Settings) -> Answer:
    """The same of a project given as path -> content."""
    return query(*in_memory(files, settings))


def cost(project: Project, reported: frozenset[str]) -> CostReport:
    """What each entry point obtains on its worst path."""
    costs, without = build_program(project, index_files(project), leading=True).costs()
    return CostReport(tuple(one for one in costs if one.place.path in reported), without, finished(project))


def discover(project: Project, reported: frozenset[str]) -> GettersReport:
    """The getters, and what may be one."""
    found = build_program(project, index_files(project), leading=True).getters()
    return GettersReport(tuple(one for one in found if one.place.path in reported), finished(project))


def list_files(settings: Settings, paths: Sequence[str]) -> tuple[str, ...]:
    """The files that a check of the paths reports on, sorted."""
    files = find_files(settings, paths, RunOptions()).files
    return tuple(sorted(select_reported([Path(path) for path in paths], files, settings)))


def names(settings: Settings) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Full names of the project's functions, full names of what it imports, last parts of the names it calls."""
    with open_project(settings, (), RunOptions()) as (project, _):
        indexes = index_files(project, everything=True)
    functions = {f"{index.module}.{one.qualname}" for index in indexes for one in index.functions if one.flow is None}
    imported = {target for index in indexes for target in (*(full for _, full in index.imports), *index.inner_imports)}
    called = {name for index in indexes for calls in (index.calls, *(one.calls for one in index.functions)) for name in calls}
    return frozenset(functions), frozenset(imported), frozenset(called)


def every_file(settings: Settings) -> tuple[str, ...]:
    """Every file of the project that a check may read, sorted."""
    found = find_files(settings, (), RunOptions())
    return tuple(sorted(file.path for file in (*found.files, *found.statements)))


def analyse(project: Project, *, everything: bool = False) -> Outcome:
    """The analysis of the whole project, or what the cache kept of it when no file has changed."""
    key = project_key(project, everything=everything)
    kept = project.cache.get_many("outcome", [key]).get(key)
    if isinstance(kept, Outcome):
        return kept
    with closing(project.pool):
        outcome = _examine(project, everything=everything)
    project.cache.put_many("outcome", {key: outcome})
    return outcome


def _examine(project: Project, *, everything: bool = False) -> Outcome:
    """`everything` looks into functions that cannot take part in a finding as well: only a list of what is unresolved needs it."""
    if not project.contents:  # nothing to read: no library model, no rule
        return Outcome(notices=finished(project))
    indexes = index_files(project, everything=everything)
    selected, facts = _facts(project, indexes, everything=everything)
    if not facts:  # nothing can take part in a finding: no program, no rule
        return Outcome(notices=finished(project), seen=met(project, indexes, selected.seen, Outcome()))
    key = outcome_key(project, indexes, facts)
    kept = project.cache.get_many("findings", [key]).get(key) if key else None
    if not isinstance(kept, Outcome):
        kept = judged(program_of(project, indexes, facts), project.checks)
        if key and not kept.notices:
            project.cache.put_many("findings", {key: kept})
    project.notices.extend(kept.notices)
    return replace(kept, notices=finished(project), seen=met(project, indexes, selected.seen, kept))


def judged(program: Program, checks: Checks) -> Outcome:
    """What the rules find; the notices are of rules that failed."""
    findings: list[Finding] = []
    notices: list[Notice] = []
    for rule in checks():
        try:
            findings.extend(rule.check(program))
        except Exception as error:  # one broken rule must not silence the others
            if os.environ.get("SESSION_LINT_DEBUG"):
                raise
            notices.append(Notice(f"rule {rule.code}", f"failed: {type(error).__name__}: {error}"))
    return Outcome(
        tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        _sorted(notices),
        program.unresolved,
        program.resolved_calls,
        program.outside_calls,
        *program.effect_calls,
        program.getter_count,
        program.unsettled if not notices else 0,  # a rule that failed has asked for it
    )


def finished(project: Project) -> tuple[Notice, ...]:
    """Everything that could not be analysed."""
    return _sorted(project.notices)


def _sorted(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    return tuple(sorted(notices, key=lambda notice: (notice.path, notice.row, notice.message)))


def index_files(project: Project, *, everything: bool = False) -> list[ModuleIndex]:
    """Stage index: one ModuleIndex per file that parses, the others become notices.

    A muted file that no other leads to by imports can have no part in a finding: its syntax is another tool's business.
    """
    from session_lint.analysis.index.modules import Modules

    paths = sorted(project.contents)
    names = {path: project.memo.get("named", path, (project.names,), partial(project.names.of, path)) for path in paths}
    whole = {path for path in paths if everything or path not in project.muted}
    results = _begin_index(project, names, whole)()
    fresh = list(results.values())
    while fresh and len(whole) < len(paths):  # the rest is looked at where an import leads to it
        modules = project.memo.get("modules", "", (project.names, paths), lambda: Modules([(path, names[path][0]) for path in paths]))
        reached = {paths[number] for one in fresh if isinstance(one, ModuleIndex) for number in imported(project, modules, one)} - whole
        whole |= reached
        more = _begin_index(project, names, reached)() if reached else {}
        results.update(more)
        fresh = list(more.values())
    project.pool.prepare(prepare_extract)
    project.notices.extend([result for _, result in sorted(results.items()) if isinstance(result, Notice)])
    indexes = [result for _, result in sorted(results.items()) if isinstance(result, ModuleIndex)]
    return with_flows(indexes, project.contents, aliased(project, indexes), project.memo)


def _begin_index(project: Project, names: Mapping[str, tuple[str, bool]], paths: set[str]) -> Callable[[], dict[str, object]]:
    """Starts on the index of the files, or a Notice, by path."""
    contents = project.contents
    renamed = {path: project.names.renamed(path) for path in paths}
    keys = {path: digest(path, names[path][0], project.digest_of(path), *chain(*renamed[path])) for path in paths}
    jobs = {path: IndexJob(path, *names[path], contents[path], renamed[path]) for path in paths}
    return begin(project, "index", keys, jobs.__getitem__, Indexer(prefilter(), project.cache.is_on))


def build_program(project: Project, indexes: list[ModuleIndex], *, everything: bool = False, leading: bool = False) -> Program:
    """Stages select, extract and program, on `everything`, on what is `leading` to a getter, or on what can take part in a finding."""
    return program_of(project, indexes, _facts(project, indexes, everything=everything, leading=leading)[1])


def _facts(
    project: Project, indexes: list[ModuleIndex], *, everything: bool = False, leading: bool = False
) -> tuple[Chosen, list[ModuleFacts]]:
    found = chosen(project, indexes, everything=everything, leading=leading)
    return found, extract_facts(project, {index.path: index for index in indexes}, found.wanted)


def program_of(project: Project, indexes: list[ModuleIndex], facts: list[ModuleFacts]) -> Program:
    """Stage program."""
    from session_lint.analysis.program.program import Program
    from session_lint.analysis.program.tables import Declarations
    from session_lint.analysis.reading import Readers

    advice = {model.stem: model.advice for model in library_models()}
    files = statement_files(project)
    readers = Readers(library_models(), indexes, libraries_in_use(files, indexes), changing(indexes))
    names = getter_names(project.settings, project.names)
    declarations = Declarations(schema_readers(), lambda: declared(project), partial(newest_release, project))
    return Program(indexes, facts, names, aliased(project, indexes), project.muted, advice, readers, files, declarations, project.alone)


def extract_facts(project: Project, indexes: Mapping[str, ModuleIndex], wanted: Mapping[str, frozenset[str]]) -> list[ModuleFacts]:
    """Stage extract: the facts of the selected functions, file by file; those of flows are known."""
    flows = {path: facts_of(indexes[path], names) for path, names in wanted.items()}
    wanted = {path: rest for path, names in wanted.items() if (rest := names - {one.qualname for one in flows[path]})}
    named = {path: (indexes[path].module, *chain(*indexes[path].renamed)) for path in wanted}
    jobs = extract_jobs(indexes, wanted, project.contents)
    keys = {path: digest(path, *named[path], project.digest_of(path), *one.asked) for path, one in jobs.items()}
    extractor = Extractor(frozenset(project.settings.transparent_decorators), project.cache.is_on)
    results = begin(project, "facts", keys, jobs.__getitem__, extractor, scale=40)()
    project.pool.release()
    found: list[ModuleFacts] = []
    for path in sorted(flows):
        result = results[path] if path in wanted else ModuleFacts(path, (), "flows")
        if isinstance(result, ModuleFacts):
            found.append(replace(result, functions=(*result.functions, *flows[path])) if flows[path] else result)
        elif isinstance(result, Notice):
            project.notices.append(result)
    return found


def getter_names(settings: Settings, names: ModuleNames) -> GetterNames:
    from session_lint.analysis.program.getters import GetterNames

    def configured(full: str) -> tuple[bool, str | None]:
        for getter in settings.getters:
            if getter.matches(full) or getter.matches(names.plain(full)):
                return True, getter.key
        return False, None

    memoising = frozenset(name.rsplit(".", 1)[-1].lower() for name in settings.memoizing_decorators)
    return GetterNames(getter_shape, configured, memoising, settings.denies)
