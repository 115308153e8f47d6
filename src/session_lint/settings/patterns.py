"""Path patterns in the .gitignore language, as pathspec reads it.

A name with at most one `*` is compared here: such names are nearly all that projects write, and importing pathspec costs more than
walking a project. The property tests hold that short cut against pathspec.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_SPECIAL = re.compile(r"[*?\[\\]")
_SIMPLE = re.compile(r"(?P<head>[^*?\[\\/!#\s][^*?\[\\/\s]*|)(?P<star>\*?)(?P<tail>[^*?\[\\/\s]*)(?P<slash>/?)")


class Patterns:
    """An ordered list of patterns; the last one that matches decides, `!` takes back."""

    __slots__ = ("_directories", "_ends", "_hints", "_lines", "_names", "_spec", "_spec_lines")

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = tuple(line for raw in lines if (line := raw.rstrip("\r\n")).strip() and not line.startswith("#"))
        self._names: set[str] = set()
        self._directories: set[str] = set()
        self._ends: list[tuple[str, str, bool]] = []  # how a name begins and ends, and whether only directories are meant
        # where something is taken back the order of all patterns counts, and pathspec must see them together
        in_order = any(line.startswith("!") for line in self._lines)
        self._spec_lines = tuple(line for line in self._lines if in_order or not self._is_simple(line))
        self._hints = tuple(_hint(line.removeprefix("!")) for line in self._spec_lines)
        self._spec: GitIgnoreSpec | None = None

    def decide(self, name: str, path: str, *, is_directory: bool) -> bool | None:
        """Whether an entry met on a walk is matched (True), taken back (False) or not spoken of (None).

        `name` is the last part of `path`. The walk is taken not to enter what is matched.
        """
        if self._name_matches(name, is_directory=is_directory):
            return True
        if not self._may_match(path):
            return None
        spec = self._compiled()
        if not is_directory:
            return spec.check_file(path).include
        # GitIgnoreSpec judges files, for which `*` outweighs `!kept/`; on the way down the last pattern decides, as in git
        matching = (p.include for p in reversed(spec.patterns) if p.include is not None and p.match_file(path + "/") is not None)
        return next(matching, None)

    def matches(self, path: str, *, is_directory: bool = False) -> bool:
        """Whether a path, or a directory it lies in, is matched. `path` is relative, with forward slashes."""
        *above, name = path.split("/")
        if any(self._name_matches(part, is_directory=True) for part in above) or self._name_matches(name, is_directory=is_directory):
            return True
        return self._may_match(path) and self._compiled().match_file(path + "/" if is_directory else path)

    def sparing(self, directory: str) -> Patterns:
        """The patterns less those that hit this directory or one above it: what still counts below a directory that was asked for."""
        return Patterns(line for line in self._lines if not Patterns([line]).matches(directory, is_directory=True))

    def _is_simple(self, line: str) -> bool:
        """Takes a pattern of one name with at most one star into the short cut; False for all others."""
        found = _SIMPLE.fullmatch(line)
        if found is None or not (found["head"] or found["tail"]):
            return False
        if found["star"]:
            self._ends.append((found["head"], found["tail"], bool(found["slash"])))
        else:
            (self._directories if found["slash"] else self._names).add(found["head"] + found["tail"])
        return True

    def _name_matches(self, name: str, *, is_directory: bool) -> bool:
        if name in self._names or (is_directory and name in self._directories):
            return True
        return any(
            name.startswith(head) and name.endswith(tail) and len(name) >= len(head) + len(tail) and (is_directory or not only)
            for head, tail, only in self._ends
        )

    def _may_match(self, path: str) -> bool:
        return any(hint in path for hint in self._hints)

    def _compiled(self) -> GitIgnoreSpec:
        if self._spec is None:
            self._spec = _compile(self._spec_lines)
        return self._spec


def _hint(line: str) -> str:
    """A plain part of the pattern, without which a path cannot match it; "" when there is none."""
    return max((part for part in line.strip().split("/") if not _SPECIAL.search(part)), key=len, default="")


def _compile(lines: Iterable[str]) -> GitIgnoreSpec:
    """All lines but those that say nothing, which git passes over and pathspec refuses."""
    from pathspec import GitIgnoreSpec  # 30 ms: paid by the projects that need it

    patterns: list[GitIgnoreSpecPattern] = []
    for line in lines:
        with contextlib.suppress(ValueError, re.error), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            patterns.extend(GitIgnoreSpec.from_lines([line]).patterns)
    return GitIgnoreSpec(patterns)
