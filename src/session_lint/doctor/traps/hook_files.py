"""Trap `hook-files`."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings
from session_lint.project.yaml_nodes import Node

_NO = ("false", "no", "off")
_YES = ("true", "yes", "on")


class HookFiles(Trap):
    """A hook written by hand lacks what the hooks of this project bring: which files, excludes, one process."""

    why = "pre-commit passes every changed file by name, and several processes at once when it is not told otherwise"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        config = project.pre_commit()
        for repository, hook in project.hooks():
            entry = hook.said("entry")
            words = {*entry.split(), *hook.texts("args")}
            if config is None or repository.said("repo") != "local" or "session-lint" not in words:
                continue
            if hook.said("pass_filenames").lower() in _NO or not words & {"check", "fix"}:
                continue
            where = project.shown(config[0])
            if not any(hook.get(key) for key in ("types", "types_or", "files")):
                yield self.caught(where, hook.row, "the hook is given files of every kind", "types_or: [python, pyi]")
            if "--force-exclude" not in words:
                message = "the hook reports on excluded files, because they are passed by name"
                yield self.caught(where, hook.row, message, f"entry: {entry} --force-exclude")
            if hook.said("require_serial").lower() not in _YES:
                message = "the hook runs several times at once, and prints a finding in each run that has a part of it"
                yield self.caught(where, _row(hook, "require_serial"), message, "require_serial: true")


def _row(hook: Node, key: str) -> int:
    node = hook.get(key)
    return node.row if node is not None else hook.row
