"""Finds the settings of a project: which file they are in, and where the project root is."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from session_lint.errors import ConfigError
from session_lint.settings.mistakes import row_of_key, row_of_table
from session_lint.settings.settings import Selectors, Settings
from session_lint.settings.table import TableReader

KnownRules = Sequence[tuple[str, str]]

_NAME = "session-lint"
_NEAR = frozenset({"sessionlint", "sessionslint", "sessionlinter"})
ROOT_MARKS = ("pyproject.toml", ".git", "setup.cfg", "setup.py")


def start_directory(paths: Iterable[Path], cwd: Path) -> Path:
    """Where the search for settings starts: the directory that all paths have in common, or the current one without paths."""
    places = [(cwd / path).resolve() for path in paths]
    common = Path(os.path.commonpath(places)) if places else cwd.resolve()
    return common if common.is_dir() else common.parent


def load_settings(
    start: Path,
    known_rules: KnownRules,
    *,
    config: Path | None = None,
    isolated: bool = False,
    command_line: Selectors | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Settings:
    """The settings for a run that starts in a directory.

    They come from `config` when given, else from the nearest pyproject.toml upward that has the table; `isolated` reads nothing.
    The project root is the directory of that pyproject.toml; without one, the nearest directory upward that looks like a project,
    else the current directory when it holds `start`. `known_rules` are (code, name) pairs; `overrides` are keys that
    count in place of what the file says. Raises ConfigError.
    """
    start = start.resolve()
    found = _Table() if isolated and config is None else _read_config(config) if config is not None else _nearest_table(start)
    root = (found.root if found is not None else None) or _project_root(start)
    found = found or _Table()
    reader = TableReader(found.where, tuple(known_rules), found.text)
    return reader.load(root, {**_extended(found), **(overrides or {})}, command_line or Selectors())


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of settings. `file`: where it is written; `root`: the project root, where the file decides that."""

    table: dict[str, Any] = field(default_factory=dict)
    where: str = ""
    text: str = ""
    file: Path | None = None
    root: Path | None = None


def _read_config(config: Path) -> _Table:
    data, text = _read_toml(config)
    tool = data.get("tool")
    _refuse_near_misses(config, data, text)
    if isinstance(tool, dict) and isinstance(tool.get(_NAME), dict):
        return _Table(tool[_NAME], f"{config.name}: [tool.{_NAME}]", text, config)
    if config.name == "pyproject.toml" or isinstance(tool, dict):
        return _Table({}, f"{config.name}: [tool.{_NAME}]", text, config)
    return _Table(data, f"{config.name}:", text, config)


def _nearest_table(start: Path) -> _Table | None:
    for directory in (start, *start.parents):
        file = directory / "pyproject.toml"
        if not file.is_file():
            continue
        data, text = _read_toml(file)
        _refuse_near_misses(file, data, text)
        tool = data.get("tool", {})
        if isinstance(tool, dict) and _NAME in tool:
            if not isinstance(tool[_NAME], dict):
                raise ConfigError(f"pyproject.toml: tool.{_NAME} must be a table, written [tool.{_NAME}]")
            return _Table(tool[_NAME], f"pyproject.toml: [tool.{_NAME}]", text, file, directory)
    return None


def _refuse_near_misses(file: Path, data: dict[str, Any], text: str) -> None:
    """A table that nobody reads, because its name is another one, would be ignored in silence."""
    tool = data.get("tool")
    for name in tool if isinstance(tool, dict) else ():
        if name != _NAME and re.sub(r"[^a-z]", "", name.lower()) in _NEAR:
            raise ConfigError(f"{file.name}:{row_of_table(text, name) or 1}: [tool.{name}] is not read; write [tool.{_NAME}]")


def _extended(found: _Table, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The table, laid over the one that it extends."""
    above = found.table.get("extend")
    if above is None or found.file is None:
        return found.table
    row = row_of_key(found.text, "extend")
    place = f"{found.file.name}:{row}" if row else found.file.name
    if not isinstance(above, str) or not above:
        raise ConfigError(f'{place}: "extend" must be a file, not {above!r}')
    file = (found.file.parent / above).resolve()
    if file in seen:
        raise ConfigError(f'{place}: "extend" leads back to {file}: it would never end')
    if not file.is_file():
        raise ConfigError(f'{place}: "extend" names {file}, where there is no file')
    return {**_extended(_read_config(file), (*seen, file)), **found.table}


def _project_root(start: Path) -> Path:
    """The nearest directory upward that looks like a project; else the current directory when it holds `start`, because a run on
    two files of a package must see what a run on the whole sees; else the parent of the package that `start` is in."""
    for directory in (start, *start.parents):
        if any((directory / mark).exists() for mark in ROOT_MARKS):
            return directory
    current = Path.cwd()
    if start.is_relative_to(current):
        return current
    while (start / "__init__.py").is_file():
        start = start.parent
    return start


def _read_toml(file: Path) -> tuple[dict[str, Any], str]:
    try:
        text = file.read_bytes().decode("utf-8")
        return tomllib.loads(text), text
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigError(f"{file}{':' + line[1] if line else ''}: broken TOML: {error}") from error
