"""The projects that are open, and which of them a file belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from session_lint import api
from session_lint.editor.desk import Desk
from session_lint.errors import SessionLintError


class Folders:
    """Used from one thread. A desk for each folder of the editor; for a file that is in none, one for the project that it is in."""

    def __init__(self, *, use_cache: bool) -> None:
        self._desks: dict[Path, Desk] = {}
        self._use_cache = use_cache

    def open(self, folders: Iterable[Path], files: Iterable[Path]) -> list[Desk]:
        """The desks that these folders and files need; the others are cleared."""
        wanted = set(folders)
        wanted |= {_project(file) for file in files if not any(file.is_relative_to(folder) for folder in wanted)}
        for folder in self._desks.keys() - wanted:
            self._desks.pop(folder).end()
        for folder in wanted - self._desks.keys():
            self._desks[folder] = Desk(folder, self._use_cache)
        return [self._desks[folder] for folder in sorted(wanted)]

    def of(self, path: Path) -> Desk | None:
        """The desk of the nearest folder around a file."""
        around = [folder for folder in self._desks if path.is_relative_to(folder)]
        return self._desks[max(around, key=lambda folder: len(folder.parts))] if around else None


def _project(file: Path) -> Path:
    try:
        return api.load_settings([file]).root
    except SessionLintError:  # said when it is analysed
        return file.parent
