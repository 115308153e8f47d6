"""Writes getters into the settings of a pyproject.toml, and nothing else of it: what is there keeps its place, layout and comments."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from session_lint.errors import ConfigError, SessionLintError
from session_lint.facts.getters import Getter
from session_lint.facts.repair import Change
from session_lint.runtime import all_or_none

_HEADER = re.compile(
    r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*(?:session-lint|\"session-lint\"|'session-lint')[ \t]*\][ \t]*(?:#.*)?$", re.MULTILINE
)
_KEY = re.compile(r"^[ \t]*(?:getters|\"getters\"|'getters')[ \t]*=[ \t]*\[", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_TOKEN = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*|[\[\]{},]|\s+|[^\s\[\]{},\"'#]+", re.DOTALL)


def add_getters(getters: Sequence[Getter], root: Path) -> Path | None:
    """Puts getters into the pyproject.toml of a project, all or nothing; the file, or None when there is nothing to add.

    Raises SessionLintError, with the file as it was.
    """
    file = root / "pyproject.toml"
    return file if _written(file, lambda before: with_getters(before, getters, str(file))) else None


def add_setting(root: Path, line: str) -> Path:
    """Puts a setting, `key = value`, into the pyproject.toml of a project, which is made when there is none; the file.

    Raises SessionLintError when it cannot be written, or would come to mean something else.
    """
    file = root / "pyproject.toml"
    _written(file, lambda before: with_line(before, line, str(file)))
    return file


def _written(file: Path, edit: Callable[[bytes], bytes]) -> bool:
    """Whether the file had to be changed, all or nothing."""
    there = file.is_file()
    try:
        before = file.read_bytes() if there else b""
        after = edit(before)
        if after == before:
            return False
        if there:
            all_or_none.write(file.parent, [Change(file.name, before, after)])
        else:
            partial = file.with_name(f".{file.name}.{os.getpid()}.tmp")
            partial.write_bytes(after)
            partial.replace(file)
    except OSError as error:
        raise SessionLintError(f"{file}: cannot be written: {error.strerror or error}") from error
    return True


def entry(getter: Getter) -> str:
    """The getter as an item of the setting `getters`."""
    fields = [f"name = {_text(getter.function)}"]
    if len(getter.keys) == 1:
        fields.append(f"key = {_text(getter.keys[0])}")
    if getter.result:
        fields.append(f"id = {_text(getter.result)}")
    return f"{{ {', '.join(fields)} }}" if len(fields) > 1 else _text(getter.function)


def block(getters: Sequence[Getter]) -> str:
    """The getters as a table of settings."""
    return "\n".join(["[tool.session-lint]", "getters = [", *(f"    {entry(getter)}," for getter in getters), "]"]) + "\n"


def with_getters(data: bytes, getters: Sequence[Getter], where: str) -> bytes:
    """The file with the getters that it does not name yet.

    Raises ConfigError when it is no TOML, or not laid out so that it can be edited.
    """
    text, document = _read(data, where)
    table = _table(document, where)
    named = {item if isinstance(item, str) else item.get("name") for item in table.get("getters", [])}
    fresh = [getter for getter in getters if getter.function not in named]
    if not fresh:
        return data
    newline = "\r\n" if "\r\n" in text else "\n"
    edited = _edited(text.replace("\r\n", "\n"), fresh, has_table=bool(table), where=where)
    _check(document, edited, fresh, where)
    return edited.replace("\n", newline).encode("utf-8")


def _read(data: bytes, where: str) -> tuple[str, dict[str, Any]]:
    try:
        text = data.decode("utf-8")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: is not UTF-8 at byte {error.start}; nothing was written") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: {error}; nothing was written") from error


def _table(document: dict[str, Any], where: str) -> dict[str, Any]:
    tool = document.get("tool", {})
    table = tool.get("session-lint", {}) if isinstance(tool, dict) else None
    if not isinstance(table, dict) or not isinstance(table.get("getters", []), list):
        raise ConfigError(f'{where}: "tool.session-lint" must be a table and its "getters" a list; nothing was written')
    return table


def _edited(text: str, fresh: Sequence[Getter], *, has_table: bool, where: str) -> str:
    header = _HEADER.search(text)
    if header is None:
        if has_table:
            raise ConfigError(f"{where}: its settings are not under a line [tool.session-lint]; nothing was written, add the block by hand")
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        return text + gap + block(fresh)
    following = _TABLE.search(text, header.end())
    key = _KEY.search(text, header.end(), following.start() if following is not None else len(text))
    if key is None:
        at = header.end()
        return text[:at] + "\n" + block(fresh).partition("\n")[2].rstrip("\n") + text[at:]
    return _extended(text, key.end(), fresh)


def _extended(text: str, start: int, fresh: Sequence[Getter]) -> str:
    """The list that begins before `start` with more items at its end."""
    depth, at, last, comma = 0, start, start, True
    for token in _TOKEN.finditer(text, start):
        word, at = token.group(), token.start()
        if word == "]" and depth == 0:
            break
        depth += (word in "[{") - (word in "]}")
        if not word.isspace() and not word.startswith("#"):
            last, comma = token.end(), word == "," and depth == 0
    items = "".join(f"    {entry(getter)},\n" for getter in fresh)
    between = text[last:at]  # comments and space behind the last item
    lines = between if "\n" in between else between.rstrip(" \t") + "\n"
    indent = lines[lines.rindex("\n") + 1 :] if lines.strip("\n ") == "" or lines.rstrip(" \t").endswith("\n") else ""
    head = text[:last] + ("" if comma or last == start else ",") + lines[: len(lines) - len(indent)]
    return head + items + indent + text[at:]


def _check(before: dict[str, Any], edited: str, fresh: Sequence[Getter], where: str) -> None:
    """What was there must still mean the same."""
    try:
        after = tomllib.loads(edited)
        added = after["tool"]["session-lint"]["getters"][-len(fresh) :]
        names = [item if isinstance(item, str) else item["name"] for item in added]
        rest = after["tool"]["session-lint"]["getters"][: -len(fresh)]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ConfigError(f"{where}: cannot be edited without changing it ({error}); nothing was written, add the block by hand") from error
    table = after["tool"]["session-lint"]
    known = before.get("tool", {}).get("session-lint", {})
    if rest:
        table["getters"] = rest
    else:
        del table["getters"]
    if "getters" in known and not rest:
        table["getters"] = []
    if not table and "session-lint" not in before.get("tool", {}):
        del after["tool"]["session-lint"]
    if not after["tool"] and "tool" not in before:
        del after["tool"]
    if after != before or names != [getter.function for getter in fresh]:
        raise ConfigError(f"{where}: cannot be edited without changing what is there; nothing was written, add the block by hand")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def with_line(data: bytes, line: str, where: str) -> bytes:
    """The file with one more setting, `key = value`, at the head of its table. Raises ConfigError as `with_getters` does."""
    text, document = _read(data, where)
    has_table, key = bool(_table(document, where)), line.partition(" ")[0]
    newline = "\r\n" if "\r\n" in text else "\n"
    header = _HEADER.search(text)
    if header is None and has_table:
        raise ConfigError(f"{where}: its settings are not under a line [tool.session-lint]; nothing was written")
    if header is None:
        gap = "" if not text else newline if text.endswith("\n") else newline * 2
        edited = f"{text}{gap}[tool.session-lint]{newline}{line}{newline}"
    else:
        edited = text[: header.end()] + newline + line + text[header.end() :]
    after = tomllib.loads(edited)
    added = after["tool"]["session-lint"].pop(key)
    before = {**document, "tool": {"session-lint": {}, **document.get("tool", {})}}
    if after != before or added != tomllib.loads(line)[key]:
        raise ConfigError(f"{where}: cannot be edited without changing what is there; nothing was written")
    return edited.encode("utf-8")
