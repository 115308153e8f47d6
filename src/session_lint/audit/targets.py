"""Which projects an audit is about: those below a folder, or those of a list."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from session_lint.audit.record import Target
from session_lint.errors import SessionLintError
from session_lint.settings.loader import ROOT_MARKS
from session_lint.settings.settings import DEFAULT_EXCLUDE


def targets(arguments: Sequence[Path]) -> tuple[Target, ...]:
    """The projects that folders and lists name, each once, by name. Raises SessionLintError for one that is not there, or holds none."""
    found: dict[str, str] = {}  # path -> name
    for argument in arguments:
        here = list(_listed(argument) if argument.is_file() else _below(argument))
        if not here:
            raise SessionLintError(f"{argument}: names no project: {_hint(argument)}")
        for name, folder in here:
            found.setdefault(os.path.realpath(folder), name)
    taken: dict[str, str] = {}
    for path, name in sorted(found.items()):
        taken[path if name in taken else name] = path
    return tuple(Target(name, path) for name, path in sorted(taken.items()))


def _hint(argument: Path) -> str:
    if argument.is_file():
        return "write one folder a line"
    return f"no folder in it has a {', '.join(ROOT_MARKS[:-1])} or {ROOT_MARKS[-1]}"


def _listed(file: Path) -> Iterator[tuple[str, Path]]:
    """The folders in a list, one a line, relative to the list; what follows "#" is a remark. A folder that is not there is a failure of
    the audit, not of the list."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SessionLintError(f"{file}: the list cannot be read: {error}") from None
    for line in lines:
        name = line.partition("#")[0].strip()
        if name:
            yield name, file.parent / name


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """The projects below a folder, outermost; the folder itself when it is one."""
    if not folder.is_dir():
        raise SessionLintError(f"{folder}: no such directory, and no list of directories")
    if _is_project(folder):
        yield Path(os.path.realpath(folder)).name, folder
        return
    for place, folders, _ in os.walk(folder):
        kept = []
        for name in sorted(folders):
            inner = Path(place, name)
            if name in DEFAULT_EXCLUDE or inner.is_symlink():
                continue
            if _is_project(inner):
                yield inner.relative_to(folder).as_posix(), inner
            else:
                kept.append(name)
        folders[:] = kept


def _is_project(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in ROOT_MARKS)
