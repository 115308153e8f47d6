"""The flake8 plugin: the findings of the whole project, each in its own file.

flake8 gives a plugin one file at a time, in processes that share nothing. So the project is analysed once, in the process that the
user started, when flake8 has read its options; its workers only look up what was found in a file.
"""

from __future__ import annotations

import ast
import json
import multiprocessing
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from flake8.exceptions import ExecutionError
from flake8.options.manager import OptionManager
from flake8.style_guide import Decision, DecisionEngine
from flake8.utils import stdin_get_value

from session_lint.errors import SessionLintError
from session_lint.runtime import hand_over

if TYPE_CHECKING:
    from session_lint.facts.finding import Report
    from session_lint.settings.settings import Settings

Found: TypeAlias = dict[str, list[tuple[int, int, str]]]  # absolute path -> row and column from 1 and 0, text

PREFIX = "ONE"
STDIN = "-"
# settings that are lists, each with an option of its name
_LISTS = {
    "getters": "Getters the analysis would not recognise: shell patterns over names.",
    "not-getters": "Functions that the analysis takes for getters and that are none: shell patterns over names.",
    "include": "The files that are the project; without it every .py file is.",
    "exclude": "Files and directories that are no part of the project: not analysed.",
    "extend-exclude": "Adds to the excluded.",
    "source-roots": "Where absolute imports start, relative to the project root.",
    "transparent-decorators": "Decorators that change nothing about a call.",
    "memoizing-decorators": "Decorators that make a second call harmless.",
    "one-at-a-time": "Programs that are one process and do one thing at a time: no second request races there.",
    "test-paths": "Test, migration and seed code: reported only where an argument points at it.",
}
# settings of one word
_WORDS = {"min-confidence": ("likely|certain", "What a finding has to be to be reported.")}
_FLAGS = {
    "isolated": "Do not read pyproject.toml.",
    "force-exclude": "Leave excluded files out even when they are passed by name.",
    "no-cache": "Neither read nor write the cache.",
}
_PLACES = {
    "root": "The project root, in place of the directory of pyproject.toml.",
    "config": "Read [tool.session-lint] from this file instead of the nearest pyproject.toml.",
    "cache-dir": "Where to keep the cache.",
}
#: The names of the options, after `--session-lint-`.
OPTIONS = (*_LISTS, *_WORDS, *_FLAGS, *_PLACES, "jobs")


@dataclass(frozen=True, slots=True)
class _Request:
    """What the user asked for. Workers are asked the same, so it names the result for them."""

    arguments: tuple[str, ...]
    stdin_name: str  # "" when it has none
    root: str | None
    config: str | None
    overrides: tuple[tuple[str, object], ...]
    isolated: bool
    force_exclude: bool
    use_cache: bool
    jobs: int | None

    @classmethod
    def of(cls, options: Namespace) -> _Request:
        own = {name: getattr(options, f"session_lint_{name.replace('-', '_')}") for name in OPTIONS}
        jobs = own["jobs"]
        if jobs is None and not options.jobs.is_auto:
            jobs = max(1, options.jobs.n_jobs)
        elif jobs is not None and jobs < 1:
            raise SessionLintError(f"--session-lint-jobs must be at least 1, not {jobs}")
        return cls(
            arguments=tuple(options.filenames),
            stdin_name="" if options.stdin_display_name == "stdin" else options.stdin_display_name,
            root=own["root"] or None,
            config=own["config"] or None,
            overrides=tuple((name, own[name]) for name in (*_LISTS, *_WORDS, "cache-dir") if own[name] is not None and own[name] != ""),
            isolated=own["isolated"],
            force_exclude=own["force-exclude"],
            use_cache=not own["no-cache"],
            jobs=jobs,
        )

    def paths(self) -> list[str]:
        """What is to be linted; a path that is not there is flake8's to report."""
        given = [self.stdin_name if path == STDIN else path for path in self.arguments or (".",)]
        return [path for path in given if path and (path == self.stdin_name or Path(path).exists())]

    def settings(self, paths: list[str]) -> Settings:
        """The settings, as the command line has them. Raises ConfigError."""
        from session_lint import api

        if self.root is not None and not Path(self.root).is_dir():
            hint = "" if os.sep in self.root else f'; in a configuration file, write "./{self.root}" for a directory beside it'
            raise SessionLintError(f"--session-lint-root: {self.root}: no such directory{hint}")
        config = None if self.config is None else Path(self.config)
        found = api.load_settings(
            paths if self.root is None else [self.root], config=config, isolated=self.isolated, overrides=dict(self.overrides)
        )
        root = found.root if self.root is None else Path(self.root).resolve()
        return replace(found, root=root, respect_noqa=False)  # flake8 reads these comments itself


class SessionLintPlugin:
    """What flake8 makes for each file that parses."""

    _found: ClassVar[Found] = {}

    def __init__(self, tree: ast.Module, filename: str) -> None:  # noqa: ARG002  what asks for the tree is made once per file
        self._filename = filename

    def run(self) -> Iterator[tuple[int, int, str, type[SessionLintPlugin]]]:
        """The findings in this file, as flake8 wants them: columns from 0."""
        found = self._found.get(os.path.abspath(self._filename))  # noqa: PTH100  resolve() would follow links
        if found is None:
            found = self._found.get(os.path.realpath(self._filename), [])
        for row, column, text in found:
            yield row, column, text, type(self)

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Called by flake8 before it reads options."""
        for name, text in _LISTS.items():
            manager.add_option(f"--session-lint-{name}", metavar="A,B", parse_from_config=True, comma_separated_list=True, help=text)
        for name, (metavar, text) in _WORDS.items():
            manager.add_option(f"--session-lint-{name}", metavar=metavar, parse_from_config=True, help=text)
        for name, text in _FLAGS.items():
            manager.add_option(f"--session-lint-{name}", action="store_true", default=False, parse_from_config=True, help=text)
        for name, text in _PLACES.items():
            manager.add_option(f"--session-lint-{name}", metavar="PATH", parse_from_config=True, normalize_paths=True, help=text)
        text = "Processes for the analysis; as many as flake8 has when not given."
        manager.add_option("--session-lint-jobs", type=int, metavar="N", parse_from_config=True, help=text)

    @classmethod
    def parse_options(cls, _manager: OptionManager, options: Namespace, _arguments: list[str]) -> None:
        """Called by flake8 when it has read options: once in the process the user started, and in every worker that is not forked.

        Raises ExecutionError, which flake8 shows as it is; anything else would be a traceback, or a TypeError swallowed.
        """
        try:
            cls._found = _found(options)
        except SessionLintError as error:
            raise ExecutionError(f"session-lint: {error}") from None
        except Exception as error:
            if os.environ.get("SESSION_LINT_DEBUG"):
                raise
            raise ExecutionError(f"session-lint: internal error: {type(error).__name__}: {error}") from error


def _found(options: Namespace) -> Found:
    if getattr(options, "bug_report", False) or not _can_be_shown(options):
        return {}
    request = _Request.of(options)
    if multiprocessing.parent_process() is not None:
        return _in_a_worker(request)
    found = _analyse(request)
    method = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
    if method != "fork":  # forked workers have it already
        hand_over.leave(_subject(request), json.dumps(found), _meeting_places(request))
    return found


def _in_a_worker(request: _Request) -> Found:
    """What the parent left. A worker that finds nothing there, because nothing could be written, does the work itself.

    It must not raise: a pool starts a worker that fails to start again, for ever.
    """
    left = hand_over.take(_subject(request), hand_over.temporary())
    try:
        if left is None and request.use_cache:
            left = hand_over.take(_subject(request), _meeting_places(request))
        if left is None:
            return _analyse(replace(request, jobs=1))  # a worker may have no children
    except Exception as error:  # noqa: BLE001  whatever it is, the other files of this worker are to be linted
        _say(f"{type(error).__name__}: {error}")
        return {}
    found: Found = json.loads(left)
    return found


def _can_be_shown(options: Namespace) -> bool:
    """Whether flake8 would show the code of any rule; to analyse a project for nothing is what users notice."""
    decider = DecisionEngine(options)
    if not any(PREFIX.startswith(selector) or selector.startswith(PREFIX) for selector in decider.selected):
        return False
    from session_lint import api

    return any(decider.decision_for(code) is Decision.Selected for code, _ in api.known_rules())


def _subject(request: _Request) -> str:
    return repr((Path.cwd(), request))


def _meeting_places(request: _Request) -> tuple[Path, ...]:
    """Where parent and workers meet: first where a worker need not read the settings to find it."""
    cache = (request.settings(request.paths()).cache_directory,) if request.use_cache else ()
    return (*hand_over.temporary(), *cache)


def _analyse(request: _Request) -> Found:
    from session_lint import api

    found: Found = {}
    if STDIN in request.arguments and not request.stdin_name:
        rows = _rows(api.check_source(_stdin(), settings=request.settings([])))
        found[str(Path.cwd() / "stdin")] = [row for name in rows for row in rows[name]]
    paths = request.paths()
    settings = request.settings(paths) if paths else None
    if settings is None:
        return found
    overlay = {}
    full = Path(request.stdin_name).resolve()
    if STDIN in request.arguments and full.is_relative_to(settings.root):
        overlay = {full.relative_to(settings.root).as_posix(): _stdin()}
    paths = [str(full) if path == request.stdin_name else path for path in paths]
    paths = [inside for path in paths if (inside := _inside(path, settings.root)) is not None]
    if request.force_exclude:
        paths = list(api.without_excluded(paths, settings))
    if paths:
        options = api.RunOptions(jobs=request.jobs, use_cache=request.use_cache, overlay=overlay)
        report = api.check_paths(paths, settings=settings, options=options)
        _warn(report)
        found.update(_rows(report))
    return found


def _inside(path: str, root: Path) -> str | None:
    """The path as far as it is in the project, which may be only a part of what flake8 lints."""
    for full in (Path(path).absolute(), Path(path).resolve()):
        if full.is_relative_to(root):
            return path
        if root.is_relative_to(full):
            return str(root)
    return None


def _rows(report: Report) -> Found:
    from session_lint.reporting.reporter import absolute, printable

    found: Found = {}
    for finding in report.findings:
        span = finding.place.span
        text = f"{finding.code} [{finding.name}] {printable(finding.message)}"
        found.setdefault(absolute(report, finding.place.path), []).append((span.row, span.column - 1, text))
    return found


def _stdin() -> bytes:
    """Standard input as the file would have it on disk. flake8 keeps the text for all that ask; the bytes are gone."""
    from io import BytesIO
    from tokenize import detect_encoding

    try:
        text: str = stdin_get_value()
    except UnicodeDecodeError as error:
        raise SessionLintError(f"standard input cannot be decoded: {error}") from None
    data = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = detect_encoding(BytesIO(data).readline)
        return text.encode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        return data


def _warn(report: Report) -> None:
    """What could not be analysed, once; it stops nothing, because flake8 has its own codes for files that do not parse."""
    from session_lint.reporting.reporter import Style, shown

    for notice in report.notices:
        path = shown(report, notice.path, Style(base=str(Path.cwd())))
        _say(f"warning: {path}{f':{notice.row}' if notice.row else ''}: {notice.message}")


def _say(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"session-lint: {text}\n")
