"""The files of one run: found, read, and told apart by what is to be reported of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from session_lint.analysis.checks import Checks, no_checks
from session_lint.facts.finding import Notice
from session_lint.facts.known import Base, Known
from session_lint.facts.statement_file import Referred
from session_lint.known import baseline
from session_lint.project.apart import set_apart
from session_lint.project.discovery import Discovered, SourceFile, discover, relative_path, select_reported
from session_lint.project.module_names import ModuleNames
from session_lint.project.source_roots import source_roots
from session_lint.project.statement_files import SUFFIX, referred
from session_lint.runtime.cache import Cache, digest
from session_lint.runtime.memo import Memo
from session_lint.runtime.pool import Pool
from session_lint.settings.patterns import Patterns
from session_lint.settings.settings import Settings
from session_lint.version import __version__

_LIBRARIES = ("libcst", "sqlglot")  # what they make of a text is in the facts and findings that the cache keeps


Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run, not what to find. `overlay` replaces or adds files by their path relative to the root; `edits` asks for repairs.

    With a `base` only what is not in it is reported. `progress` is told a stage, and how many files of how many are through it."""

    jobs: int | None = None
    use_cache: bool = True
    overlay: Mapping[str, str | bytes] = field(default_factory=dict)
    show_unresolved: bool = False
    edits: bool = False
    base: Base | None = None
    progress: Progress | None = None


@dataclass(slots=True)
class Project:
    """The files of one run with their content, and what the run needs to analyse them."""

    settings: Settings
    contents: dict[str, bytes]
    roots: tuple[str, ...]
    muted: frozenset[str]  # analysed, but no finding starts there
    notices: list[Notice] = field(default_factory=list)
    cache: Cache = field(default_factory=lambda: Cache.open(None, ""))
    jobs: int | None = 1
    pool: Pool = field(default_factory=Pool)
    known: tuple[Known, ...] | None = None  # the baseline; None: there is none
    base: Base | None = None
    progress: Progress | None = None
    asked: tuple[str, ...] = ("",)  # the path arguments, relative to the root, "" for all of it
    checks: Checks = no_checks  # the rules
    statements: Referred = field(default_factory=Referred)  # the files of statements that the Python files refer to
    declaring: tuple[SourceFile, ...] = ()  # files of statements that nobody refers to: they may declare tables
    unreferred: Mapping[str, bytes] | None = None  # their content, once it was read
    on_disk: bool = False  # whether there is anything around it
    names: ModuleNames = field(default_factory=lambda: ModuleNames(()))
    memo: Memo = field(default_factory=Memo)  # of what was asked about files that are as they were

    def digest_of(self, path: str) -> str:
        """A hash of the content of a Python file."""
        data = self.contents[path]
        return self.memo.get("digest", path, (data,), lambda: digest(data))

    @property
    def alone(self) -> frozenset[str]:
        """The files of programs that do one thing at a time, as the settings say."""
        patterns = Patterns(self.settings.one_at_a_time)
        return frozenset(path for path in self.contents if patterns.matches(path)) if self.settings.one_at_a_time else frozenset()

    def close(self) -> None:
        """Ends the processes and lets go of the cache."""
        self.pool.close()
        self.cache.close()


@contextmanager
def open_project(
    settings: Settings, paths: Sequence[str], options: RunOptions, checks: Checks = no_checks
) -> Iterator[tuple[Project, frozenset[str]]]:
    """The project on disk, and the paths of the files to report on. Raises SessionLintError for a path that does not exist.

    Behind the block its processes have ended and its cache is closed: an open one changes on disk whenever the collector comes to it."""
    found, notices = find_files(settings, paths, options), list[Notice]()
    contents = _read(found.files, options.overlay, notices)
    statements = {file.path: file for file in found.statements}
    reported = reported_files(settings, paths, found.files, contents, options)
    project = project_of(settings, contents, reported, options)
    project.statements = referred(contents, statements, lambda path: _read([statements[path]], options.overlay, notices).get(path))
    project.declaring = tuple(file for file in found.statements if file.path not in project.statements.contents)
    project.notices += found.notices
    project.notices += notices
    overlaid = _overlaid(settings, options)
    project.asked = tuple(sorted({relative_path(Path(path), settings) for path in paths if _absolute(path) not in overlaid}))
    project.base = options.base
    project.on_disk = True
    project.checks = checks
    try:
        yield project, reported
    finally:
        project.close()


def reported_files(
    settings: Settings, paths: Sequence[str], files: Sequence[SourceFile], contents: Mapping[str, bytes], options: RunOptions
) -> frozenset[str]:
    """Those of the files that the paths ask for, and those of the overlay that they name, which need not exist on disk."""
    overlaid = _overlaid(settings, options)
    named = [Path(path) for path in paths if _absolute(path) not in overlaid]
    reported = select_reported(named, files, settings) if named else frozenset()
    return (
        (reported - set_apart(contents))
        | (reported & _named(settings, named))
        | frozenset(overlaid[_absolute(path)] for path in paths if _absolute(path) in overlaid)
    )


def project_of(settings: Settings, contents: dict[str, bytes], reported: frozenset[str], options: RunOptions) -> Project:
    """A project of these files, with its baseline and its cache. Raises ConfigError for a broken baseline."""
    roots = source_roots(settings, contents)
    project = Project(settings, contents, roots, _muted(settings, contents, reported), jobs=options.jobs, progress=options.progress)
    project.names = ModuleNames.of_files(contents, roots)
    project.known = baseline.read(settings.baseline) if settings.baseline is not None else None
    if options.use_cache:
        project.cache = Cache.open(settings.cache_directory, tool_digest() + library_versions(sys.path) + settings.digest())
    return project


def in_memory(files: Mapping[str, str | bytes], settings: Settings, checks: Checks = no_checks) -> tuple[Project, frozenset[str]]:
    """A project given as path -> content, and the paths to report on; without a cache, in one process."""
    contents, statements = parted({path: _encoded(content) for path, content in sorted(files.items())})
    tests = Patterns(settings.test_paths)
    reported = frozenset(path for path in contents if not tests.matches(path)) - set_apart(contents)
    muted = _muted(settings, contents, reported)
    roots = source_roots(settings, contents)
    names = ModuleNames.of_files(contents, roots)
    return Project(settings, contents, roots, muted, checks=checks, statements=statements, names=names), reported


def parted(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], Referred]:
    """The Python files among some, and those of statements that they refer to."""
    contents = {path: data for path, data in files.items() if not path.endswith(SUFFIX)}
    return contents, referred(contents, [path for path in files if path not in contents], files.get)


def find_files(settings: Settings, paths: Sequence[str], options: RunOptions) -> Discovered:
    """Every file of the project, those of the overlay too, sorted; and what could not be looked at."""
    overlaid = _overlaid(settings, options)
    found = discover(settings, [Path(path) for path in paths if _absolute(path) not in overlaid])
    known = {file.path for file in (*found.files, *found.statements)}
    added = [SourceFile(path, settings.root / path) for path in options.overlay if path not in known]
    files, statements = (
        tuple(sorted((*old, *(one for one in added if one.path.endswith(SUFFIX) is are)), key=lambda file: file.path))
        for old, are in ((found.files, False), (found.statements, True))
    )
    return Discovered(files, found.notices, statements)


def _read(files: Iterable[SourceFile], overlay: Mapping[str, str | bytes], notices: list[Notice]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for file in files:
        if file.path in overlay:
            contents[file.path] = _encoded(overlay[file.path])
            continue
        try:
            contents[file.path] = file.absolute.read_bytes()
        except OSError as error:
            notices.append(Notice(file.path, f"cannot be read: {error.strerror or error}"))
    return contents


def _encoded(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")


def _overlaid(settings: Settings, options: RunOptions) -> dict[str, str]:
    return {str(settings.root / path): path for path in options.overlay}


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100  resolve() would follow links out of the project


def _muted(settings: Settings, contents: Mapping[str, bytes], reported: frozenset[str]) -> frozenset[str]:
    """Test, migration, seed, vendored and generated code: analysed, but a test that obtains twice accuses nobody. Unless asked for."""
    tests, apart = Patterns(settings.test_paths), set_apart(contents)
    return frozenset(path for path in contents if path not in reported and (path in apart or tests.matches(path)))


def _named(settings: Settings, paths: Iterable[Path]) -> frozenset[str]:
    """The files that a path argument names, and not only a directory above them."""
    return frozenset(relative_path(path, settings) for path in paths)


@lru_cache(maxsize=1)
def tool_digest(package: str = os.path.dirname(os.path.dirname(__file__))) -> str:  # noqa: PTH120  string work: this runs on every start
    """Changes whenever a file of the tool does, so that a cache never outlives the code that filled it.

    An installed tool is known by the list of its files with their hashes that the installer keeps, so that machines of one CI can
    share a cache; a working copy by the time of each file.
    """
    beside = os.path.dirname(package)  # noqa: PTH120
    record = os.path.join(beside, f"session_lint-{__version__}.dist-info", "RECORD")  # noqa: PTH118
    try:
        with open(record, "rb") as file:  # noqa: PTH123
            content = file.read()
        if b"session_lint/analysis/project.py,sha256=" in content:  # not so where it is installed for work on it
            return digest(*sorted(line for line in content.decode().splitlines() if line.startswith("session_lint/")))
    except (OSError, UnicodeDecodeError):
        pass
    parts: list[str] = []
    for directory, folders, names in os.walk(package):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".py"):
                stat = os.stat(os.path.join(directory, name))  # noqa: PTH116, PTH118
                parts.append(f"{directory}/{name}:{stat.st_size}:{stat.st_mtime_ns}")
    return digest(*parts)


def library_versions(folders: Iterable[str]) -> str:
    """The installed versions of the libraries that the analysis rests on, as the names of their metadata in the first folder that has any.

    `importlib.metadata` would say the same, but to import it takes longer than a warm check of a small project.
    """
    wanted = {f"{name}-": "" for name in _LIBRARIES}
    for folder in folders:
        missing = [prefix for prefix, known in wanted.items() if not known]
        if not missing:
            break
        try:
            names = [entry.name for entry in os.scandir(folder or os.curdir)]
        except OSError:  # an archive, or a folder that is gone
            continue
        for prefix in missing:
            wanted[prefix] = " ".join(
                sorted(name for name in names if name.startswith(prefix) and name.endswith((".dist-info", ".egg-info")))
            )
    return " ".join(wanted.values())
