"""A project that stays in memory while its files are edited: what a server asks again and again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from session_lint.analysis import pipeline
from session_lint.analysis.checks import Check, Checks
from session_lint.analysis.outcome import report
from session_lint.analysis.project import (
    Project,
    RunOptions,
    find_files,
    library_versions,
    project_of,
    reported_files,
    tool_digest,
)
from session_lint.facts.finding import Notice, Report
from session_lint.facts.statement_file import Referred
from session_lint.known import baseline
from session_lint.project.apart import set_apart
from session_lint.project.discovery import Discovered, SourceFile
from session_lint.project.module_names import ModuleNames
from session_lint.project.source_roots import import_marks
from session_lint.project.statement_files import folder_names, reference_marks, referred
from session_lint.runtime import pool
from session_lint.runtime.cache import Cache
from session_lint.runtime.going_on import asking
from session_lint.runtime.memo import Memo
from session_lint.runtime.remembered import Remembered
from session_lint.settings.excluding import without_excluded
from session_lint.settings.settings import Settings

_Stamp = tuple[int, int, int]


class Stopped(BaseException):
    """A run was told to stop. No Exception: what guards a rule against its own mistakes must not hold it up."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The project as one run saw it, what was found in it, and the report of a check of all of it."""

    project: Project
    unread: tuple[Notice, ...]  # from before the analysis
    reported: frozenset[str]
    report: Report

    def again(self) -> Project:
        """The project as it was before it was analysed. What is made of it from here on is not kept on disk."""
        return replace(self.project, notices=list(self.unread), on_disk=True)


@dataclass(frozen=True, slots=True)
class _Frame:
    """How a project is cut: where imports start, what modules are called, which files are muted, and which are reported."""

    roots: tuple[str, ...]
    names: ModuleNames
    muted: frozenset[str]
    reported: frozenset[str]


class Resident:
    """The files of one project as they are on disk, and what was made of them. Use it from one thread.

    `look` sees what has changed on disk; `run` analyses the project with the texts that an editor holds in place of some files. What a
    run finds is what a check of a project with these texts on disk finds. Raises ConfigError where a check does.
    """

    def __init__(self, settings: Settings, checks: Checks, *, use_cache: bool = True) -> None:
        self.settings = settings
        self._checks = checks
        directory = settings.cache_directory if use_cache else None
        self._cache = Remembered(Cache.open(directory, tool_digest() + library_versions(sys.path) + settings.digest()))
        self._found = Discovered(())
        self._disk: dict[str, tuple[_Stamp, bytes]] = {}
        self._overlay: dict[str, bytes] = {}
        self._contents: dict[str, bytes] = {}
        self._notices: list[Notice] = []
        self._memo = Memo()
        self._looks = 0
        self._unreferred: Mapping[str, bytes] | None = None

    def look(self) -> None:
        """Sees which files there are, and reads those that have changed."""
        self._found = find_files(self.settings, (), RunOptions())
        self._looks, self._unreferred = self._looks + 1, None
        notices: list[Notice] = []
        disk: dict[str, tuple[_Stamp, bytes]] = {}
        for file in self._found.files:
            try:
                stat = file.absolute.stat()
                stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
                known = self._disk.get(file.path)
                disk[file.path] = known if known is not None and known[0] == stamp else (stamp, file.absolute.read_bytes())
            except OSError as error:
                notices.append(Notice(file.path, f"cannot be read: {error.strerror or error}"))
        self._disk = disk
        self._contents = {path: data for path, (_, data) in disk.items()}
        self._notices = notices

    def on_disk(self, path: str) -> bytes | None:
        """The content of a Python file of the project as it was last seen on disk."""
        known = self._disk.get(path)
        return known[1] if known is not None else None

    def may_hold(self, path: str) -> bool:
        """Whether an unsaved text may stand for this path: that of a file of the project, or of one that is not there yet."""
        if path in self._disk or not path.endswith(".py"):
            return path in self._disk
        absolute = self.settings.root / path
        return not absolute.exists() and bool(without_excluded([absolute], self.settings))

    def run(self, overlay: Mapping[str, bytes], go_on: Callable[[str, int, int], None]) -> Seen:
        """Analyses the project with these contents in place of those on disk. `go_on` is told how far a stage is, and raises Stopped."""
        self._cache.next_run()
        held = {path: data for path, data in overlay.items() if self.on_disk(path) != data and self.may_hold(path)}
        self._cache.writes_through = not held
        with pool.without_collector():
            project, reported = self._project(held, go_on)
            unread = tuple(project.notices)
            try:
                with asking(lambda: go_on("rules", 0, 1)):
                    found = report(project, pipeline.analyse(project), reported)
            finally:
                self._cache.writes_through = False
            self._unreferred = project.unreferred
        return Seen(project, unread, reported, replace(found, root=str(self.settings.root), repository=str(self.settings.root)))

    def end(self) -> None:
        """Lets go of the cache."""
        self._cache.end()

    def _project(self, held: dict[str, bytes], go_on: Callable[[str, int, int], None]) -> tuple[Project, frozenset[str]]:
        contents = self._contents | held
        if len(contents) > len(self._contents):
            contents = dict(sorted(contents.items()))
        files = [*self._found.files, *(SourceFile(path, self.settings.root / path) for path in held if path not in self._disk)]
        paths = list(contents)
        # how the project is cut rests on few words of each file: an edit of anything else leaves it as it is
        marks = [self._memo.get("marks", path, (data,), partial(_marks, path, data)) for path, data in contents.items()]
        frame = self._memo.get("frame", "", (self.settings, paths, marks), lambda: _framed(self.settings, files, contents))
        known = baseline.read(self.settings.baseline) if self.settings.baseline is not None else None
        project = Project(self.settings, contents, frame.roots, frame.muted, jobs=1, progress=go_on, names=frame.names, known=known)
        project.cache, project.memo = self._cache, self._memo
        project.statements, unread = self._referred(contents)
        project.declaring = tuple(file for file in self._found.statements if file.path not in project.statements.contents)
        project.unreferred = self._unreferred
        project.notices += [*self._found.notices, *self._notices, *unread]
        project.checks = self._stoppable(lambda: go_on("rules", 0, 1))
        return project, frame.reported

    def _referred(self, contents: Mapping[str, bytes]) -> tuple[Referred, tuple[Notice, ...]]:
        """The files of statements that the Python files refer to, and what could not be read."""
        statements = {file.path: file.absolute for file in self._found.statements}
        folders = folder_names(statements)
        if not folders:
            return Referred(), ()
        marks = {}
        for path, data in contents.items():
            marks[path] = self._memo.get("refers", path, (data, folders), partial(reference_marks, data, folders))
        return self._memo.get("statements", "", (self._looks, marks), lambda: _read_referred(contents, statements))

    def _stoppable(self, go_on: Callable[[], None]) -> Checks:
        """The rules, each after a look whether to go on."""

        def stoppable() -> Iterator[Check]:
            for rule in self._checks():
                go_on()
                yield rule

        return stoppable


def _marks(path: str, data: bytes) -> tuple[object, ...]:
    return import_marks(data), bool(set_apart({path: data}))


def _framed(settings: Settings, files: list[SourceFile], contents: dict[str, bytes]) -> _Frame:
    options = RunOptions(use_cache=False)
    reported = reported_files(settings, (str(settings.root),), files, contents, options)
    project = project_of(replace(settings, baseline=None), contents, reported, options)
    return _Frame(project.roots, project.names, project.muted, reported)


def _read_referred(contents: Mapping[str, bytes], statements: Mapping[str, Path]) -> tuple[Referred, tuple[Notice, ...]]:
    notices: list[Notice] = []

    def read(path: str) -> bytes | None:
        try:
            return statements[path].read_bytes()
        except OSError as error:
            notices.append(Notice(path, f"cannot be read: {error.strerror or error}"))
            return None

    found = referred(contents, statements, read)
    return found, tuple(notices)
