"""Which releases of a package a project allows, as its files of requirements say. Nothing is asked of what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

Release = tuple[int, int]

_FILES = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile")
_LISTS = ("requirements*.txt", "requirements/*.txt", "requirements/*.in", "requirements*.in")
_LARGEST = 200_000  # bytes: nobody writes such a list by hand
_LAST = 99  # a minor release behind all others
_CLAUSE = re.compile(r"(?P<operator>===?|~=|<=?|>=?|!=|~|\^)\s*(?P<release>\d+(?:\.\d+)*)(?P<any>\.\*)?")
_SPECIFIED = r"""(?ix)(?<![\w.-]){0}(?:\[[^\]]*\])?\s*            # django[argon2]
    (?:=\s*(?:\{{\s*version\s*=\s*)?["']\s*)?                      # django = "...", django = {{version = "..."}}
    (?P<clauses>(?:(?:[=~]=|===|[<>!]=?|[~^])\s*[\d.]+[\d*]*\s*,?\s*)+)"""


def texts(root: Path) -> Iterator[str]:
    """The files of requirements of a project, without comments; what cannot be read says nothing."""
    paths = [root / name for name in _FILES] + [path for pattern in _LISTS for path in sorted(root.glob(pattern))]
    for path in paths:
        try:
            if path.is_file() and path.stat().st_size <= _LARGEST:
                yield re.sub(r"(?m)(?:^|\s)#.*$", "", path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue


def newest(found: Iterable[str], package: str) -> Release | tuple[()]:
    """The newest release series that these texts allow; () where none of them sets a limit. Of several limits the widest counts."""
    pattern = re.compile(_SPECIFIED.format(re.escape(package)))
    limits = [limit for text in found for match in pattern.finditer(text) if (limit := _limit(match["clauses"]))]
    return max(limits, default=())


def _limit(clauses: str) -> Release | tuple[()]:
    found = (_of_clause(one["operator"], one["release"]) for one in _CLAUSE.finditer(clauses))
    return min((limit for limit in found if limit), default=())


def _of_clause(operator: str, text: str) -> Release | tuple[()]:
    """The newest release of one clause; () where it has no end."""
    parts = [int(part) for part in text.split(".")]
    release = parts[0], parts[1] if len(parts) > 1 else 0
    match operator:
        case "==" | "===" | "<=":
            return release
        case "<" if len(parts) > 2 and any(parts[2:]):
            return release
        case "<":
            return _before(release)
        case "~=":
            return release if len(parts) > 2 else (parts[0], _LAST)
        case "~":
            return release if len(parts) > 1 else (parts[0], _LAST)
        case "^":
            return parts[0], _LAST
    return ()


def _before(release: Release) -> Release:
    major, minor = release
    return (major, minor - 1) if minor else (major - 1, _LAST)
