"""Finds the settings of a project: which file they are in, and where the project root is."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from session_lint.errors import ConfigError
from session_lint.settings.settings import Selectors, Settings
from session_lint.settings.table import TableReader

KnownRules = Sequence[tuple[str, str]]

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
    table: dict[str, Any] = {}
    where, root = "", None
    if config is not None:
        table, where = _read_config(config)
    elif not isolated:
        found = _nearest_table(start)
        if found is not None:
            root, table = found
            where = "pyproject.toml: [tool.session-lint]"
    root = root or _project_root(start)
    return TableReader(where, tuple(known_rules)).load(root, {**table, **(overrides or {})}, command_line or Selectors())


def _read_config(config: Path) -> tuple[dict[str, Any], str]:
    data = _read_toml(config)
    tool = data.get("tool")
    if isinstance(tool, dict) and isinstance(tool.get("session-lint"), dict):
        return tool["session-lint"], f"{config.name}: [tool.session-lint]"
    if config.name == "pyproject.toml" or isinstance(tool, dict):
        return {}, f"{config.name}: [tool.session-lint]"
    return data, f"{config.name}:"


def _nearest_table(start: Path) -> tuple[Path, dict[str, Any]] | None:
    for directory in (start, *start.parents):
        file = directory / "pyproject.toml"
        if not file.is_file():
            continue
        tool = _read_toml(file).get("tool", {})
        if isinstance(tool, dict) and "session-lint" in tool:
            table = tool["session-lint"]
            if not isinstance(table, dict):
                raise ConfigError("pyproject.toml: tool.session-lint must be a table, written [tool.session-lint]")
            return directory, table
    return None


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


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigError(f"{file}{':' + line[1] if line else ''}: broken TOML: {error}") from error
