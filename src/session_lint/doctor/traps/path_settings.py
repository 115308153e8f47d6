"""Trap `path-settings`."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings, row_of
from session_lint.settings.patterns import Patterns


class PathSettings(Trap):
    """A path in the settings is that of nothing: a source root that is no directory, a pattern of `per-file-ignores` without a file."""

    why = "a setting about a path that does not exist does nothing; with a wrong source root, imports lead nowhere and chains end"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        text = project.text(project.root / "pyproject.toml") or ""
        row = row_of(text, "source-roots", "tool.session-lint")
        for folder in project.settings.source_roots:
            if not (project.root / folder).is_dir():
                yield self.caught(
                    "pyproject.toml", row, f"`source-roots` names {folder}, and there is no such directory", f'remove "{folder}"'
                )
        known = project.settings.baseline
        if known is not None and not known.is_file():
            message = f"`baseline` names {project.shown(known)}, and there is no such file"
            yield self.caught(
                "pyproject.toml", row_of(text, "baseline", "tool.session-lint"), message, "# run: session-lint baseline write"
            )
        for pattern, _ in project.settings.per_file_ignores:
            patterns = Patterns((pattern.removeprefix("!"),))
            if not any(patterns.matches(file) for file in project.files):
                row = row_of(text, pattern, "tool.session-lint.per-file-ignores") or row_of(text, "per-file-ignores", "tool.session-lint")
                message = f"`per-file-ignores` has the pattern {pattern}, which matches no Python file"
                yield self.caught("pyproject.toml", row, message, f'remove "{pattern}", or correct it')
