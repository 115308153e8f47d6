"""Path patterns in the .gitignore language, compiled once and fast enough to ask for every entry of a project.

The tests hold them against git itself and against pathspec, which is slower to import than a whole project is to walk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SPECIAL = re.compile(r"[*?\[\\]")
_NEVER = "(?!)"
_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "xdigit": "0-9A-Fa-f",
    "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
}
# what may stand in a character class: a named class, a range, or one character
_MEMBER = re.compile(r"\[:(?P<named>\w+):\]|(?P<low>\\.|[^\\])-(?P<high>\\.|[^\\\]])|(?P<one>\\.|[^\\])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line of the language. `regex` is for the whole path when `anchored`, else for the name."""

    negated: bool
    directories_only: bool
    anchored: bool
    source: str  # without `!`, leading and trailing `/`
    regex: re.Pattern[str]

    def matches(self, name: str, path: str, *, is_directory: bool) -> bool:
        if self.directories_only and not is_directory:
            return False
        return self.regex.fullmatch(path if self.anchored else name) is not None

    @property
    def is_literal(self) -> bool:
        return not self.anchored and not _SPECIAL.search(self.source)


class Patterns:
    """An ordered list of patterns; the last one that matches decides, `!` takes back."""

    def __init__(self, lines: Iterable[str]) -> None:
        patterns = [pattern for line in lines if (pattern := _parse(line)) is not None]
        self._patterns = tuple(reversed(patterns))
        self._names = frozenset(p.source for p in patterns if p.is_literal)
        self._by_name = _union(p for p in patterns if not p.anchored and not p.is_literal)
        self._by_path = _union(p for p in patterns if p.anchored)

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
            or (self._by_name is not None and self._by_name.fullmatch(name) is not None)
            or (self._by_path is not None and self._by_path.fullmatch(path) is not None)
        )


def _union(patterns: Iterable[_Pattern]) -> re.Pattern[str] | None:
    sources = [f"(?:{p.regex.pattern})" for p in patterns]
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
    source = line.removeprefix("/")
    if not source:
        return None
    return _Pattern(negated, directories_only, "/" in line, source, re.compile(_regex(source), re.DOTALL))


def _regex(source: str) -> str:
    """The regular expression of a pattern, for a whole name or path."""
    segments = source.split("/")
    out = ""
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            # `**/x` is x at any depth, `x/**` is what lies in x, not x itself
            out += ".+" if last else "(?:[^/]+/)*"
        else:
            out += _segment(segment) + ("" if last else "/")
    return out


def _segment(text: str) -> str:
    """One part between slashes. A pattern with an open `[` or a backslash at its end matches nothing, as in git."""
    out, at = "", 0
    while at < len(text):
        character = text[at]
        at += 1
        if character == "[":
            end, part = _character_class(text, at)
            if end < 0:
                return _NEVER
            out, at = out + part, end
        elif character == "\\":
            if at == len(text):
                return _NEVER
            out, at = out + re.escape(text[at]), at + 1
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(character) or re.escape(character)
    return re.sub(r"(?:\[\^/\]\*)+", "[^/]*", out)


def _character_class(text: str, at: int) -> tuple[int, str]:
    """The class that opens before `at`: the position behind its `]` (-1: it never closes) and its regular expression."""
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    members, first = "", True
    while at < len(text) and (first or text[at] != "]"):
        member = _MEMBER.match(text, at)
        if member is None:
            return -1, ""
        members += _member(member)
        at, first = member.end(), False
    if at >= len(text):
        return -1, ""
    if negated:
        return at + 1, f"[^/{members}]"
    return at + 1, f"(?!/)[{members}]" if members else _NEVER


def _member(member: re.Match[str]) -> str:
    if member["named"]:
        return _CLASSES.get(member["named"], "")
    if member["one"]:
        return re.escape(member["one"][-1])
    low, high = member["low"][-1], member["high"][-1]
    return f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
