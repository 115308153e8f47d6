"""Which of some paths the settings exclude."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from session_lint.settings.patterns import Patterns
from session_lint.settings.settings import Settings


def without_excluded(paths: Sequence[str | Path], settings: Settings) -> tuple[str, ...]:
    """The paths that no exclude pattern hits, nor a directory above them: what a hook that passes every changed file wants."""
    excluded = Patterns(settings.all_excludes)
    return tuple(str(path) for path in paths if not _hit(Path(path), excluded, settings.root))


def _hit(path: Path, excluded: Patterns, root: Path) -> bool:
    full = path.resolve()
    if full == root or not full.is_relative_to(root):
        return False  # what lies outside is refused later, with its own message
    return excluded.matches(full.relative_to(root).as_posix(), is_directory=full.is_dir())
