"""Trap `project-root`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught, Mending
from session_lint.project.surroundings import Surroundings, at
from session_lint.settings.patterns import Patterns

_MARKS = ("pyproject.toml", "setup.cfg", "setup.py")


class ProjectRoot(Trap):
    """Which directory is the project depends on the files that are passed, because no settings say so."""

    why = "passed only files of a directory below, a run takes that directory for the project, and misses the other end of a call chain"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        path = project.root / "pyproject.toml"
        if at(project.toml(path), "tool", "session-lint") is not None:
            return
        tests = Patterns(project.settings.test_paths)  # a project among the fixtures is no part of this one
        for folder in project.directories():
            if tests.matches(project.shown(folder), is_directory=True) or _is_meant(project, folder):
                continue
            mark = next((name for name in _MARKS if (folder / name).is_file()), None)
            if mark is not None:
                message = f"{project.shown(folder / mark)} makes its directory the project when only files there are passed"
                yield self.caught(
                    "pyproject.toml",
                    0,
                    message,
                    "# in pyproject.toml at the root, if all of it is one project; else in that of each that is one\n[tool.session-lint]",
                    mending=Mending("pyproject.toml", "[tool.session-lint]\n"),
                )
                return


def _is_meant(project: Surroundings, folder: Path) -> bool:
    """Whether the directory, or one above it, is a project of its own by its settings."""
    above = [parent for parent in (folder, *folder.parents) if parent.is_relative_to(project.root) and parent != project.root]
    return any(at(project.toml(parent / "pyproject.toml"), "tool", "session-lint") is not None for parent in above)
