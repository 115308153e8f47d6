"""Reads `[tool.session-lint]` into Settings. Whatever is wrong in it is an error that names the file, the key and the nearest valid one."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from session_lint import __version__
from session_lint.errors import ConfigError
from session_lint.settings import GetterSetting, Selectors, Settings, matching_codes, resolve_selection

KnownRules = Sequence[tuple[str, str]]

_ROOT_MARKS = ("pyproject.toml", ".git", "setup.cfg", "setup.py")


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
) -> Settings:
    """The settings for a run that starts in a directory.

    They come from `config` when given, else from the nearest pyproject.toml upward that has the table; `isolated` reads nothing.
    The project root is the directory of that pyproject.toml; without one, the nearest directory upward that looks like a project,
    else `start`. `known_rules` are (code, name) pairs. Raises ConfigError.
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
    return _Loader(where, tuple(known_rules)).load(root, table, command_line or Selectors())


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
    return next((d for d in (start, *start.parents) if any((d / mark).exists() for mark in _ROOT_MARKS)), start)


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


@dataclass(frozen=True)
class _Loader:
    """Turns one table into Settings. `where` opens every message."""

    where: str
    known_rules: tuple[tuple[str, str], ...]

    def load(self, root: Path, table: dict[str, Any], command_line: Selectors) -> Settings:
        fields: dict[str, Any] = {}
        layer = Selectors()
        for key, value in table.items():
            if key in _SELECTION_KEYS:
                layer = replace(layer, **{key.replace("-", "_"): self.selectors(key, value)})
            elif key == "required-version":
                self._check_version(value)
            elif key in _FIELDS:
                fields[key.replace("-", "_")] = _FIELDS[key](self, key, value)
            else:
                raise ConfigError(f'{self.where} unknown key "{key}"{_nearest(key, KEYS)}')
        asked = _Loader("command line:", self.known_rules)
        for option in _SELECTION_KEYS:
            asked.selectors(f"--{option}", list(getattr(command_line, option.replace("-", "_")) or ()))
        if "cache_dir" in fields:
            fields["cache_dir"] = root / fields["cache_dir"]
        enabled = resolve_selection((layer, command_line), self.known_rules)
        return Settings(root=root, source=self.where, enabled=enabled, **fields)

    def wrong(self, key: str, wanted: str, value: object) -> ConfigError:
        return ConfigError(f'{self.where} "{key}" must be {wanted}, not {value!r}')

    def text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a non-empty string", value)
        return value

    def flag(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false", value)
        return value

    def path(self, key: str, value: object) -> Path:
        return Path(self.text(key, value))

    def texts(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(key, "a list of non-empty strings", value)
        return tuple(value)

    def roots(self, key: str, value: object) -> tuple[str, ...]:
        cleaned = (text.strip("/").removeprefix("./") for text in self.texts(key, value))
        return tuple("" if text == "." else text for text in cleaned)

    def selectors(self, key: str, value: object) -> tuple[str, ...]:
        texts = self.texts(key, value)
        for text in texts:
            if not matching_codes(text, self.known_rules):
                known = [word for pair in self.known_rules for word in pair]
                raise ConfigError(f'{self.where} "{key}" names an unknown rule "{text}"{_nearest(text, known)}')
        return texts

    def per_file(self, key: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            raise self.wrong(key, "a table of pattern = [rules]", value)
        result = []
        for pattern, selectors in value.items():
            names = self.selectors(f'{key}" of "{pattern}', selectors)
            codes = {code for name in names for code in matching_codes(name, self.known_rules)}
            result.append((pattern, tuple(sorted(codes))))
        return tuple(result)

    def getters(self, key: str, value: object) -> tuple[GetterSetting, ...]:
        if not isinstance(value, list):
            raise self.wrong(key, "a list of names or of tables {name=, key=, id=}", value)
        return tuple(self._getter(key, item) for item in value)

    def _getter(self, key: str, item: object) -> GetterSetting:
        if not isinstance(item, dict):
            return GetterSetting(self.text(key, item))
        for word in item:
            if word not in ("name", "key", "id"):
                raise ConfigError(f'{self.where} "{key}" has an entry with the unknown key "{word}"{_nearest(word, ("name", "key", "id"))}')
        if "name" not in item:
            raise ConfigError(f'{self.where} "{key}" has an entry without "name": {item!r}')
        found = {word: self.text(f"{key}.{word}", text) for word, text in item.items()}
        return GetterSetting(found["name"], found.get("key"), found.get("id"))

    def _check_version(self, value: object) -> None:
        wanted = self.text("required-version", value)
        checks = []
        for part in wanted.split(","):
            match = re.fullmatch(r"\s*(==|>=|<=|!=|>|<)?\s*(\d+(?:\.\d+)*)\s*", part)
            if match is None:
                raise self.wrong("required-version", 'a version or comparisons such as ">=0.1,<1"', value)
            checks.append(_COMPARE[match[1] or "=="](_version(__version__), _version(match[2])))
        if not all(checks):
            raise ConfigError(
                f'{self.where} "required-version" asks for {wanted}, this is session-lint {__version__}; install a matching version'
            )


def _version(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", text)[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))


def _nearest(word: str, known: Iterable[str]) -> str:
    import difflib  # only a mistake needs it

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(known)}"


_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}

_SELECTION_KEYS = ("select", "extend-select", "ignore")
_FIELDS: dict[str, Callable[[_Loader, str, object], object]] = {
    "getters": _Loader.getters,
    "exclude": _Loader.texts,
    "extend-exclude": _Loader.texts,
    "per-file-ignores": _Loader.per_file,
    "source-roots": _Loader.roots,
    "transparent-decorators": _Loader.texts,
    "memoizing-decorators": _Loader.texts,
    "test-paths": _Loader.texts,
    "respect-gitignore": _Loader.flag,
    "cache-dir": _Loader.path,
}
KEYS = (*_FIELDS, *_SELECTION_KEYS, "required-version")
