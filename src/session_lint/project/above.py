"""Imports that only what lies above the project root would answer: then the root is too low, and part of the program was not read."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from session_lint.facts.seen import Above

_MOST = 3  # directories above the root that are looked into; none above that of the repository
_DEEP = 3  # parts of a dotted name that are compared with the disk


def above(root: Path, imported: Iterable[str], known: Iterable[str]) -> Above | None:
    """Those of the `imported` dotted names that start from a directory above the root; None without any. `known`: the modules of the
    project, by every name."""
    tops = {name.partition(".")[0] for name in known} | sys.stdlib_module_names
    by_top: dict[str, list[str]] = {}
    for target in sorted({*imported}):
        top = target.partition(".")[0]
        if top and top not in tops:
            by_top.setdefault(top, []).append(target)
    for directory in _directories(root) if by_top else ():
        found = [target for top in _there(directory) & by_top.keys() for target in _longest(by_top[top]) if _answers(directory, target)]
        if found:
            return Above(str(directory), len(found), min(found))
    return None


def _longest(targets: list[str]) -> list[str]:
    """The names of one package without its own, which `import a.b` binds as well."""
    return [target for target in targets if "." in target] or targets


def _directories(root: Path) -> list[Path]:
    """The nearest directories above the root, as far as that of the repository."""
    found: list[Path] = []
    for directory in (root, *root.parents):
        if (directory / ".git").exists():
            return [*found, directory][1:]
        found.append(directory)
        if len(found) > _MOST:
            break
    return found[1:2]  # without a repository only what the root lies in: farther up other people's code begins


def _there(directory: Path) -> set[str]:
    try:
        return {entry.name.removesuffix(".py") for entry in directory.iterdir()}
    except OSError:
        return set()


def _answers(directory: Path, target: str) -> bool:
    """Whether a dotted name is a module there, or something in one. Of a directory that is no package a module in it has to be meant."""
    parts = target.split(".")[:_DEEP]
    place = directory / parts[0]
    if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
        return True
    for part in parts[1:]:
        place /= part
        if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
            return True
    return False
