"""The project as its neighbours see it: their settings files with rows, comments, what git says."""

from __future__ import annotations

import configparser
import contextlib
import io
import os
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from session_lint.facts.finding import Notice
from session_lint.project import yaml_nodes
from session_lint.project.yaml_nodes import Node
from session_lint.settings.settings import Settings

FLAKE8_FILES = ("setup.cfg", "tox.ini", ".flake8")  # in flake8's order: the first with a section counts
_TABLE = re.compile(r"\s*\[+(?P<name>[^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Names:
    """What is defined and called in the project: full names of functions, targets of imports, last parts of called names."""

    functions: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One project. `rules` are (code, name) pairs, `files` its Python files relative to the root, sorted; `names` is asked for late,
    because it reads every file. What cannot be read becomes a notice and counts as absent."""

    settings: Settings
    rules: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    names: Callable[[], Names] = Names
    notices: list[Notice] = field(default_factory=list)
    _texts: dict[Path, str | None] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The project root."""
        return self.settings.root

    @property
    def top(self) -> Path:
        """The work tree of git that the root is in; the root itself without one."""
        return next((place for place in (self.root, *self.root.parents) if (place / ".git").exists()), self.root)

    def shown(self, path: Path) -> str:
        """The path relative to the root, with forward slashes."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    def upward(self) -> tuple[Path, ...]:
        """The root and the directories above it, up to the work tree's."""
        above = (self.root, *self.root.parents)
        return above[: above.index(self.top) + 1]

    def directories(self) -> tuple[Path, ...]:
        """The directories of the Python files, and those between them and the root; sorted, without the root."""
        found = {parent for file in self.files for parent in Path(file).parents if parent.parts}
        return tuple(self.root / parent for parent in sorted(found))

    def refuse(self, path: Path, message: str, row: int = 0) -> None:
        """Note, once, that a file cannot be read."""
        notice = Notice(self.shown(path), message, row)
        if notice not in self.notices:
            self.notices.append(notice)

    def text(self, path: Path) -> str | None:
        """The text of a file; None when it is not there or cannot be read."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: Path) -> str | None:
        if not path.is_file():
            return None
        try:
            return path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            self.refuse(path, f"cannot be read: {error.strerror or error}")
        except UnicodeDecodeError as error:
            self.refuse(path, f"is not UTF-8 at byte {error.start}; save it as UTF-8")
        return None

    def toml(self, path: Path) -> object:
        """The tables of a TOML file; None when there is none to read."""
        text = self.text(path)
        if text is None:
            return None
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            row = re.search(r"at line (\d+)", str(error))
            self.refuse(path, f"broken TOML: {error}", int(row[1]) if row else 0)
        return None

    def yaml(self, path: Path) -> Node | None:
        """A YAML file; None when there is none to read."""
        text = self.text(path)
        if text is None:
            return None
        try:
            return yaml_nodes.parse(text)
        except yaml_nodes.YamlError as error:
            self.refuse(path, f"broken YAML: {error}", error.row)
        return None

    def flake8(self) -> tuple[Path, dict[str, str]] | None:
        """The settings file that flake8 reads when it is started in the root, and its options."""
        for directory in self.upward():
            for name in FLAKE8_FILES:
                parser = self._ini(directory / name)
                if parser is not None and parser.has_section("flake8"):
                    return directory / name, {key.replace("_", "-"): value for key, value in parser.items("flake8")}
        return None

    def _ini(self, path: Path) -> configparser.RawConfigParser | None:
        text = self.text(path)
        if text is None or "[flake8" not in text:
            return None
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error as error:
            self.refuse(path, f"broken settings: {str(error).splitlines()[0]}", getattr(error, "lineno", 0) or 0)
            return None
        return parser

    def pre_commit(self) -> tuple[Path, Node] | None:
        """The settings of pre-commit, which lie at the top of the work tree."""
        path = self.top / ".pre-commit-config.yaml"
        found = self.yaml(path)
        return (path, found) if found is not None else None

    def hooks(self) -> Iterator[tuple[Node, Node]]:
        """(repository, hook) of every hook that pre-commit runs."""
        config = self.pre_commit()
        repositories = config[1].get("repos") if config is not None else None
        for repository in repositories.items if repositories is not None else ():
            hooks = repository.get("hooks")
            for hook in hooks.items if hooks is not None else ():
                yield repository, hook

    def workflows(self) -> Iterator[tuple[Path, str]]:
        """The files of GitHub Actions and GitLab that have this linter in them, and their text."""
        folder = self.top / ".github" / "workflows"
        found = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
        for path in (*found, self.top / ".gitlab-ci.yml"):
            text = self.text(path)
            if text is not None and "session-lint" in text:
                yield path, text

    def comments(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, str]]:
        """(file, row, comment) of every comment in the Python files that the pattern finds something in."""
        for file in self.files:
            try:
                text = (self.root / file).read_bytes().decode("utf-8", "replace")
            except OSError as error:
                self.refuse(self.root / file, f"cannot be read: {error.strerror or error}")
                continue
            if pattern.search(text):
                yield from ((file, row, comment) for row, comment in _comments(text) if pattern.search(comment))

    def git(self, *arguments: str) -> str | None:
        """What git says in the work tree; None without git, without a work tree, or when it fails."""
        try:
            done = subprocess.run(
                ("git", "-C", str(self.top), *arguments), capture_output=True, text=True, errors="replace", timeout=60, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None


def _comments(text: str) -> list[tuple[int, str]]:
    lines = iter(io.StringIO(text, newline=None).readlines())
    found: list[tuple[int, str]] = []
    with contextlib.suppress(tokenize.TokenError, SyntaxError):  # `check` names such a file
        found.extend((one.start[0], one.string) for one in tokenize.generate_tokens(lambda: next(lines)) if one.type == tokenize.COMMENT)
    return found


def at(tree: object, *keys: str) -> object:
    """What stands under these keys in nested tables; None when something is missing."""
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def texts(value: object) -> tuple[str, ...] | None:
    """A list of strings; None for anything else."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else None


def row_of(text: str, key: str, table: str | None = None) -> int:
    """The row where `key` is given a value, below the heading of `table` when one is named; else the row of the heading, else 0."""
    written = "[-_]".join(map(re.escape, key.split("-")))
    inside, heading = table is None, 0
    for row, line in enumerate(text.splitlines(), 1):
        found = _TABLE.match(line)
        if found and table is not None:
            inside = found["name"].strip() == table
            heading = heading or (row if inside else 0)
        elif inside and re.match(rf'\s*"?{written}"?\s*[=:]', line, re.IGNORECASE):
            return row
    return heading
