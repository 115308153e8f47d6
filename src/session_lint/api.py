"""What every front end calls. Nothing here prints or ends the process; what cannot be done raises SessionLintError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from session_lint import registry
from session_lint.analysis import pipeline, tabled
from session_lint.analysis.project import RunOptions
from session_lint.errors import ExitCode
from session_lint.facts.cost import CostReport
from session_lint.facts.explanation import Explanation
from session_lint.facts.finding import Report, RuleInfo
from session_lint.facts.getters import GettersReport
from session_lint.facts.repair import Change, Repair
from session_lint.facts.schema_report import SchemaReport
from session_lint.facts.trap import Diagnosis
from session_lint.known import baseline
from session_lint.known.baseline import DEFAULT_FILE as BASELINE_FILE
from session_lint.repair import repair
from session_lint.repair.plan import FixOptions
from session_lint.rule_doc import RuleDoc
from session_lint.runtime import all_or_none
from session_lint.settings import loader
from session_lint.settings.excluding import without_excluded
from session_lint.settings.getters_table import add_getters, add_setting
from session_lint.settings.settings import Selectors, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from session_lint.rule import Rule

__all__ = [
    "BASELINE_FILE",
    "FixOptions",
    "RunOptions",
    "add_getters",
    "add_noqa",
    "add_setting",
    "baseline_text",
    "call_graph",
    "call_graph_report",
    "check_paths",
    "check_source",
    "cost",
    "cost_source",
    "diagnose",
    "diff",
    "discover",
    "discover_source",
    "exit_code",
    "exit_code_of_fix",
    "explain",
    "fix_paths",
    "fix_source",
    "known_rules",
    "list_files",
    "load_settings",
    "rule_words",
    "rules",
    "schema",
    "schema_source",
    "watched",
    "with_rules",
    "without_excluded",
]

Sources: TypeAlias = Mapping[str, str] | Mapping[str, str | bytes] | str | bytes
_UNUSED = RuleInfo("ONE901", "unused-suppression", "A comment that suppresses no finding.", "A comment that suppresses no finding.")
_ALONE = "source.py"  # the name of a text that was given none


def rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    from session_lint import rules as room  # imported when the first is asked for: with a warm cache none is
    from session_lint.rule import Rule

    return tuple(sorted(registry.discover(room, Rule), key=lambda rule: rule.code))  # type: ignore[type-abstract]


def known_rules() -> tuple[tuple[str, str], ...]:
    """(code, name) of every rule, by code."""
    return tuple((rule.code, rule.name) for rule in rules())


def rule_words() -> tuple[str, ...]:
    """The codes and names of the rules: what a selector may be."""
    pairs = known_rules()
    return (*(code for code, _ in pairs), *(name for _, name in pairs))


def watched(settings: Settings) -> tuple[Path, ...]:
    """The files that a check depends on: those of the project, its settings and its baseline."""
    files = [settings.root / path for path in pipeline.every_file(settings)]
    return (*files, settings.root / "pyproject.toml", *([settings.baseline] if settings.baseline is not None else []))


def with_rules(report: Report) -> Report:
    """The report with what is said of every rule, for a reporter that `lists_rules`."""
    docs = [(rule, RuleDoc.of(rule)) for rule in rules()]
    infos = tuple(RuleInfo(rule.code, rule.name, " ".join(doc.summary.split()), doc.text) for rule, doc in docs)
    return replace(report, rules=(*infos, _UNUSED) if any(one.code == _UNUSED.code for one in report.findings) else infos)


def load_settings(
    paths: Sequence[str | Path] = (),
    *,
    config: Path | None = None,
    isolated: bool = False,
    command_line: Selectors | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """The settings of the project that the paths are in; of the current directory without paths. Raises ConfigError.

    `overrides` are keys of the settings table with what is to count in place of what the file says.
    """
    start = loader.start_directory([Path(path) for path in paths], Path.cwd())
    return loader.load_settings(start, known_rules(), config=config, isolated=isolated, command_line=command_line, overrides=overrides)


def check_paths(
    paths: Sequence[str | Path] = (), *, settings: Settings | None = None, options: RunOptions | None = None, diff_base: str = ""
) -> Report:
    """Analyse the project and report what is in the paths: files or directories, relative to the current directory.

    The whole project is read in any case, because the other end of a call chain may be in a file that was not passed. What a `fix`
    that was killed left half written is undone first. With `diff_base`, a revision of git, only what was not there at that revision is
    reported; raises SessionLintError when there is no such one.
    """
    chosen = settings if settings is not None else load_settings(paths)
    all_or_none.recover(chosen.root)
    how = options if options is not None else RunOptions()
    if diff_base:
        from session_lint.analysis.comparison import base  # for this alone

        how = replace(how, base=base(chosen, _texts(paths), how, diff_base, rules))
    report = (repair.check if how.edits else pipeline.run)(chosen, _texts(paths), how, rules)
    return _located(report, chosen.root)


def check_source(files: Sources, *, settings: Settings | None = None, edits: bool = False) -> Report:
    """Analyse a project in memory: path -> content, paths with forward slashes; or one text. No disk is read or written."""
    chosen = settings if settings is not None else Settings(root=Path())
    return (repair.check_sources if edits else pipeline.run_sources)(_project(files), chosen, rules)


def explain(file: str, row: int, paths: Sequence[str | Path], *, settings: Settings, options: RunOptions | None = None) -> Explanation:
    """Why a check of the paths, of all without any, reports a line or does not. Raises SessionLintError when there is no such line."""
    from session_lint.analysis import explaining  # for this alone

    return explaining.explain(settings, file, row, tuple(map(str, paths)), options or RunOptions(), rules)


def add_noqa(report: Report, reason: str = "") -> tuple[Change, ...]:
    """Puts a `# noqa` with the rule's code on the line of every finding of a report on disk. All files are written, or none.

    Raises SessionLintError when a file has changed since it was read or cannot be written.
    """
    from session_lint.known.add_noqa import changed  # for this alone

    changes = changed(report, reason)
    all_or_none.write(Path(report.root), changes)
    return changes


def baseline_text(report: Report, *, add: bool) -> str:
    """The text of the baseline that a report was compared with, without what is gone; with the findings of the report to `add`."""
    kept = report.baseline.kept if report.baseline is not None else ()
    return baseline.text((*kept, *(baseline.entries(report.findings) if add else ())))


def fix_paths(
    paths: Sequence[str | Path] = (),
    *,
    settings: Settings | None = None,
    options: RunOptions | None = None,
    fixing: FixOptions | None = None,
    write: bool = True,
) -> Repair:
    """Repair what can be repaired of the findings in the paths, over as many files as it takes; all are written, or none.

    With `write` False the changes are only worked out. Raises SessionLintError when a file cannot be written, or has changed
    since it was read: then no file is.
    """
    chosen = settings if settings is not None else load_settings(paths)
    all_or_none.recover(chosen.root)
    outcome = repair.run(chosen, _texts(paths), options or RunOptions(), rules, fixing or FixOptions())
    if write:
        all_or_none.write(chosen.root, outcome.changes)
    return replace(outcome, left=_located(outcome.left, chosen.root))


def fix_source(
    files: Sources, *, settings: Settings | None = None, unsafe: bool = False, only: str = "", fixing: FixOptions | None = None
) -> Repair:
    """Repair a project in memory, as `check_source` checks it. `only` names one codemod; `fixing` says more, in place of both."""
    how = fixing if fixing is not None else FixOptions(unsafe=unsafe, only=only)
    return repair.run_sources(_project(files), settings if settings is not None else Settings(root=Path()), rules, how)


def exit_code_of_fix(outcome: Repair, *, written: bool = True, exit_zero: bool = False) -> ExitCode:
    """What the process should end with after `fix`: findings are those that are left, and those not `written`."""
    code = exit_code(outcome.left, exit_zero=exit_zero)
    return ExitCode.FINDINGS if code is ExitCode.CLEAN and outcome.changes and not written and not exit_zero else code


def diff(changes: Sequence[Change], root: str) -> bytes:
    """The changes as a unified diff for `git apply`, its paths relative to the repository that the directory `root` is in."""
    from session_lint.repair.diff import unified  # for this alone

    start = Path(root).absolute()
    repository = _repository(start) if root else start
    inside = start.relative_to(repository).as_posix()
    return unified(changes, "" if inside == "." else f"{inside}/")


def call_graph(
    paths: Sequence[str | Path] = (), *, settings: Settings | None = None, options: RunOptions | None = None
) -> dict[str, tuple[str, ...]]:
    """The calls as resolved: full function name -> full names of what it calls, all sorted."""
    return call_graph_report(paths, settings=settings, options=options)[0]


def call_graph_report(
    paths: Sequence[str | Path] = (), *, settings: Settings | None = None, options: RunOptions | None = None
) -> tuple[dict[str, tuple[str, ...]], Report]:
    """The call graph, and a report without findings that names what could not be analysed: the calls there are not in the graph."""
    chosen = settings if settings is not None else load_settings(paths)
    found, notices = pipeline.graph(chosen, _texts(paths), options if options is not None else RunOptions())
    return {caller: tuple(sorted(found[caller])) for caller in sorted(found)}, Report((), notices, root=str(chosen.root))


def cost(paths: Sequence[str | Path] = (), *, settings: Settings | None = None, options: RunOptions | None = None) -> CostReport:
    """The entry points in the paths with the getter calls on the worst path of each; the whole project is analysed."""
    return pipeline.ask(pipeline.cost, settings or load_settings(paths), _texts(paths), options or RunOptions())


def cost_source(files: Sources, *, settings: Settings | None = None) -> CostReport:
    """What `cost` finds in a project in memory."""
    return pipeline.ask_sources(pipeline.cost, _project(files), settings or Settings(root=Path()))


def discover(paths: Sequence[str | Path] = (), *, settings: Settings | None = None, options: RunOptions | None = None) -> GettersReport:
    """The getters defined in the paths with what shows it, and the functions that may be getters."""
    return pipeline.ask(pipeline.discover, settings or load_settings(paths), _texts(paths), options or RunOptions())


def discover_source(files: Sources, *, settings: Settings | None = None) -> GettersReport:
    """What `discover` finds in a project in memory."""
    return pipeline.ask_sources(pipeline.discover, _project(files), settings or Settings(root=Path()))


def schema(paths: Sequence[str | Path] = (), *, settings: Settings | None = None, options: RunOptions | None = None) -> SchemaReport:
    """The tables declared in the paths, with their unique sets and what of them is not understood."""
    return pipeline.ask(tabled.schema, settings or load_settings(paths), _texts(paths), options or RunOptions())


def schema_source(files: Sources, *, settings: Settings | None = None) -> SchemaReport:
    """What `schema` finds in a project in memory."""
    return pipeline.ask_sources(tabled.schema, _project(files), settings or Settings(root=Path()))


def list_files(paths: Sequence[str | Path] = (), *, settings: Settings | None = None) -> tuple[str, ...]:
    """The files a check of these paths reports on, relative to the project root, sorted."""
    return pipeline.list_files(settings if settings is not None else load_settings(paths), _texts(paths))


def diagnose(path: str | Path = ".", *, ignore: Sequence[str] = (), mend: bool = False) -> Diagnosis:
    """What around the project of a path hides findings or undoes suppressions; with `mend`, what is left of it. Raises SessionLintError."""
    from session_lint.doctor import doctor  # for this alone

    return doctor.diagnose(load_settings([path]), known_rules(), ignore, mend=mend)


def exit_code(report: Report, *, exit_zero: bool = False) -> ExitCode:
    """What the process should end with. A file that could not be analysed is a failure even when findings are forgiven."""
    if report.notices:
        return ExitCode.FAILED
    return ExitCode.FINDINGS if report.findings and not exit_zero else ExitCode.CLEAN


def _located(report: Report, root: Path) -> Report:
    return replace(report, root=str(root), repository=str(_repository(root)))


def _repository(root: Path) -> Path:
    """The root of the repository that the directory is in; the directory itself when there is none."""
    return next((place for place in (root, *root.parents) if (place / ".git").exists()), root)


def _project(files: Sources) -> dict[str, str | bytes]:
    return {_ALONE: files} if isinstance(files, str | bytes) else dict(files)


def _texts(paths: Sequence[str | Path]) -> tuple[str, ...]:
    return tuple(str(path) for path in paths) or (".",)
