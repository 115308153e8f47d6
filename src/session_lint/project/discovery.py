"""Finds the Python files of a project, the files of statements beside them, and which are to be reported."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from session_lint.errors import SessionLintError
from session_lint.facts.finding import Notice
from session_lint.project.statement_files import SUFFIX
from session_lint.settings.patterns import Patterns
from session_lint.settings.settings import Settings

# in nearly every .gitignore, about files no walk asks for: they alone would make each run import pathspec
_COMPILED = frozenset({"*.py[cod]", "*.py[co]", "*.py[cdo]", "**/*.py[cod]"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the project. `path` is relative to the project root, with forward slashes."""

    path: str
    absolute: Path


@dataclass(frozen=True, slots=True)
class Discovered:
    """The Python files of a project, sorted by path, and a notice for every directory that could not be read."""

    files: tuple[SourceFile, ...]
    notices: tuple[Notice, ...] = ()
    statements: tuple[SourceFile, ...] = ()  # `.sql` files, of which only those are read that Python files refer to


def discover(settings: Settings, explicit: Sequence[Path] = ()) -> Discovered:
    """Every `.py` file under the project root that is included, and not excluded or ignored by git.

    A path in `explicit` counts even where an exclude pattern hits the path itself or a directory above it: naming it beats the
    patterns. Links to directories are not followed. Raises SessionLintError for an explicit path that is missing or outside the root.
    """
    walk = _Walk(settings)
    walk.directory("", walk.outer_ignores())
    for path in explicit:
        relative = relative_path(path, settings)
        if (settings.root / relative).is_file():
            (walk.statements if relative.endswith(SUFFIX) else walk.found).add(relative)
        elif relative and (settings.include or relative not in walk.seen):
            walk.asked_for(relative)
    prefix = os.path.join(settings.root, "")  # noqa: PTH118  string work: a Path per file costs more than the walk
    files, statements = (tuple(SourceFile(path, Path(prefix + path)) for path in sorted(paths)) for paths in (walk.found, walk.statements))
    return Discovered(files, tuple(sorted(walk.notices, key=lambda notice: notice.path)), statements)


def relative_path(path: Path, settings: Settings) -> str:
    """A path argument relative to the project root, with forward slashes; "" for the root itself.

    Relative arguments are read from the current directory. Raises SessionLintError when it does not exist or lies outside.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  resolve() would follow links out of the project
    if not absolute.exists():
        raise SessionLintError(f"{path}: no such file or directory; check the spelling, paths are read from {Path.cwd()}")
    for candidate in (absolute, absolute.resolve()):
        if candidate.is_relative_to(settings.root):
            relative = candidate.relative_to(settings.root).as_posix()
            return "" if relative == "." else relative
    raise SessionLintError(f"{path}: lies outside the project root {settings.root}; run session-lint from the project it belongs to")


def select_reported(arguments: Sequence[Path], files: Sequence[SourceFile], settings: Settings) -> frozenset[str]:
    """The paths of the files whose findings are reported: those under an argument (all, without arguments), less the test paths.

    An argument that itself points at or into a test path takes in all that lies under it. Raises SessionLintError for a path that
    does not exist or lies outside the project root.
    """
    tests = Patterns(settings.test_paths)
    wanted = [relative_path(argument, settings) for argument in arguments] or [""]
    reported: set[str] = set()
    for place in wanted:
        under = [file.path for file in files if not place or file.path == place or file.path.startswith(place + "/")]
        named = bool(place) and tests.matches(place, is_directory=(settings.root / place).is_dir())
        reported.update(path for path in under if named or not tests.matches(path))
    return frozenset(reported)


@dataclass(frozen=True, slots=True)
class _GitIgnore:
    """The patterns of one .gitignore, or of several for one directory. `depth` is the length of the prefix to cut off paths."""

    patterns: Patterns
    depth: int


@dataclass
class _Walk:
    settings: Settings
    found: set[str] = field(default_factory=set)
    statements: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)
    excludes: Patterns = field(init=False)
    includes: Patterns | None = field(init=False)  # None: every `.py` file

    def __post_init__(self) -> None:
        self.excludes = Patterns(self.settings.all_excludes)
        self.includes = Patterns(self.settings.include) if self.settings.include else None

    def outer_ignores(self) -> tuple[_GitIgnore, ...]:
        """The .gitignore files above the project root, up to the repository's own directory, and its private exclude file."""
        root = self.settings.root
        if not self.settings.respect_gitignore:
            return ()
        repository = next((d for d in (root, *root.parents) if (d / ".git").exists()), None)
        if repository is None:
            return ()
        below = root.relative_to(repository).parts
        result = []
        for depth in range(len(below) + 1):
            directory = repository.joinpath(*below[:depth])
            names = [".git/info/exclude"] if not depth else []
            names += [".gitignore"] if depth < len(below) else []
            for name in names:
                lines = self._lines(directory / name)
                if lines:  # the walk sees paths relative to the root: put back what is between
                    result.append(_GitIgnore(Patterns(lines), -len("/".join((*below[depth:], "")))))
        return tuple(reversed(result))

    def asked_for(self, top: str) -> None:
        """Walk a directory that the patterns leave out: those that hit it do not count below it."""
        self.excludes, self.includes = self.excludes.sparing(top), None
        outer = [_GitIgnore(ignore.patterns.sparing(self._local(top, ignore)), ignore.depth) for ignore in self.outer_ignores()]
        self.directory(top, tuple(outer))
        self.__post_init__()

    def directory(self, top: str, ignores: tuple[_GitIgnore, ...]) -> None:
        stack = [(top, ignores)]
        while stack:
            path, ignores = stack.pop()
            self.seen.add(path)
            try:
                with os.scandir(self.settings.root / path if path else self.settings.root) as scan:
                    entries = list(scan)
            except OSError as error:
                self.notices.append(Notice(path or ".", f"directory cannot be read: {error.strerror or error}"))
                continue
            prefix = path + "/" if path else ""
            if self.settings.respect_gitignore and any(entry.name == ".gitignore" for entry in entries):
                lines = self._lines(self.settings.root / path / ".gitignore")
                ignores = (_GitIgnore(Patterns(lines), len(prefix)), *ignores)
            stack.extend((child, ignores) for child in self._visit(entries, prefix, ignores))

    def _visit(self, entries: list[os.DirEntry[str]], prefix: str, ignores: tuple[_GitIgnore, ...]) -> Iterator[str]:
        for entry in entries:
            name = entry.name
            is_directory = entry.is_dir(follow_symlinks=False)
            if not is_directory and not name.endswith((".py", SUFFIX)):
                continue
            path = prefix + name
            if self.excludes.decide(name, path, is_directory=is_directory) or self._ignored(name, path, ignores, is_directory=is_directory):
                continue
            if is_directory:
                yield path
            elif _is_file(entry):
                self._add(path)

    def _add(self, path: str) -> None:
        if path.endswith(SUFFIX):
            self.statements.add(path)
        elif self.includes is None or self.includes.matches(path):
            self.found.add(path)

    def _ignored(self, name: str, path: str, ignores: tuple[_GitIgnore, ...], *, is_directory: bool) -> bool:
        for ignore in ignores:
            decision = ignore.patterns.decide(name, self._local(path, ignore), is_directory=is_directory)
            if decision is not None:
                return decision
        return False

    def _local(self, path: str, ignore: _GitIgnore) -> str:
        """The path as the .gitignore file sees it."""
        return path[ignore.depth :] if ignore.depth >= 0 else (self.settings.root.as_posix() + "/")[ignore.depth :] + path

    def _lines(self, file: Path) -> list[str]:
        try:
            lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError:
            return []
        return [line for line in lines if line not in _COMPILED]


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether there is a file at the end of the links; a circle of links leads to none, as a broken link does."""
    try:
        return entry.is_file()
    except OSError:
        return False
