"""Path patterns in the .gitignore language, compiled once and fast enough to ask for every entry of a project.

pathspec knows the whole language but is slow to import and slow to ask; it is used for the rare pattern with a character class or a
backslash. All others are turned into plain sets and regular expressions with the same meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pathspec

_WILD = re.compile(r"[*?]")


@dataclass(frozen=True)
class _Pattern:
    """One line of the language. `regex` matches the name, or the whole path when `anchored`."""

    negated: bool
    directories_only: bool
    anchored: bool
    source: str  # without `!`, leading and trailing `/`
    regex: re.Pattern[str] | None  # None: asked of pathspec

    def matches(self, name: str, path: str, *, is_directory: bool) -> bool:
        if self.directories_only and not is_directory:
            return False
        if self.regex is None:
            return self._spec.match_file(path + "/" if is_directory else path)
        return self.regex.fullmatch(path if self.anchored else name) is not None

    @cached_property
    def _spec(self) -> pathspec.GitIgnoreSpec:
        import pathspec

        return pathspec.GitIgnoreSpec.from_lines(["/" + self.source if self.anchored else self.source])


class Patterns:
    """An ordered list of patterns; the last one that matches decides, `!` takes back."""

    def __init__(self, lines: Iterable[str]) -> None:
        patterns = [pattern for line in lines if (pattern := _parse(line)) is not None]
        self._patterns = tuple(reversed(patterns))
        self._names = frozenset(p.source for p in patterns if not p.anchored and _is_literal(p))
        self._by_name = _union(p for p in patterns if not p.anchored and not _is_literal(p))
        self._by_path = _union(p for p in patterns if p.anchored)
        self._foreign = any(p.regex is None for p in patterns)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def decide(self, name: str, path: str, *, is_directory: bool) -> bool | None:
        """Whether the entry itself is matched (True), taken back (False) or not spoken of (None); parents are not looked at."""
        if not self._could_match(name, path):
            return None
        for pattern in self._patterns:
            if pattern.matches(name, path, is_directory=is_directory):
                return not pattern.negated
        return None

    def matches(self, path: str, *, is_directory: bool = False) -> bool:
        """Whether a path, or a directory it lies in, is matched. `path` is relative, with forward slashes."""
        parts = path.split("/")
        for end in range(1, len(parts)):
            if self.decide(parts[end - 1], "/".join(parts[:end]), is_directory=True):
                return True
        return bool(self.decide(parts[-1], path, is_directory=is_directory))

    def _could_match(self, name: str, path: str) -> bool:
        return (
            name in self._names
            or self._foreign
            or (self._by_name is not None and self._by_name.fullmatch(name) is not None)
            or (self._by_path is not None and self._by_path.fullmatch(path) is not None)
        )


def _is_literal(pattern: _Pattern) -> bool:
    return pattern.regex is not None and not _WILD.search(pattern.source)


def _union(patterns: Iterable[_Pattern]) -> re.Pattern[str] | None:
    sources = [f"(?:{p.regex.pattern})" for p in patterns if p.regex is not None]
    return re.compile("|".join(sources), re.DOTALL) if sources else None


def _parse(line: str) -> _Pattern | None:
    line = line.rstrip("\r\n")
    if not line.endswith("\\ "):
        line = line.rstrip(" ")
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    directories_only = line.endswith("/")
    line = line[:-1] if directories_only else line
    anchored = "/" in line
    source = line.removeprefix("/")
    if not source:
        return None
    regex = None if re.search(r"[\[\\]", source) else re.compile(_regex(source), re.DOTALL)
    return _Pattern(negated, directories_only, anchored, source, regex)


def _regex(source: str) -> str:
    """The regular expression of a pattern without character classes, for a whole name or path."""
    segments = source.split("/")
    out = ""
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            # `**/x` is x at any depth, `x/**` is what lies in x, not x itself
            out += ".+" if last else "(?:[^/]+/)*"
            continue
        out += "".join("[^/]*" if c == "*" else "[^/]" if c == "?" else re.escape(c) for c in re.sub(r"\*+", "*", segment))
        out += "" if last else "/"
    return out
