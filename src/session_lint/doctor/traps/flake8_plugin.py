"""Trap `flake8-plugin`."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings, row_of

_OURS = re.compile(r"\bONE\d*\b|^session-", re.MULTILINE)


class Flake8Plugin(Trap):
    """flake8 runs where this linter is not registered as its plugin."""

    why = "flake8 says nothing of a plugin that it does not find; the ONE codes in its settings are then about nothing"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        found = project.flake8()
        if found is None:
            return
        path, options = found
        text = project.text(path) or ""
        if importlib.util.find_spec("flake8") is not None and not importlib.metadata.entry_points(group="flake8.extension", name="ONE"):
            message = "flake8 is installed beside session-lint, but does not know it"
            change = "python -m pip install --force-reinstall 'session-lint[flake8]'"
            yield self.caught(project.shown(path), row_of(text, "", "flake8"), message, change)
        key = next((key for key, value in options.items() if _OURS.search(f"{key}\n{value}")), None)
        config = project.pre_commit()
        if key is None or config is None:
            return
        for _, hook in project.hooks():
            needs = hook.texts("additional_dependencies")
            if hook.said("id") == "flake8" and not any(re.match(r"session[-_.]lint\b", need) for need in needs):
                message = f"the flake8 hook is installed without session-lint, which `{key}` of {project.shown(path)} is about"
                change = f"additional_dependencies: [{', '.join((*needs, 'session-lint'))}]"
                yield self.caught(project.shown(config[0]), hook.row, message, change)
