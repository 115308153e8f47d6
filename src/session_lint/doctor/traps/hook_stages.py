"""Trap `hook-stages`."""

from __future__ import annotations

from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught
from session_lint.project.surroundings import Surroundings
from session_lint.project.yaml_nodes import Node

_WHOLE = "session-lint-project"
_CHANGED = ("session-lint", "session-lint-fix")
_STAGES = {"commit": "pre-commit", "push": "pre-push", "merge-commit": "pre-merge-commit"}  # as they were called before pre-commit 3.2


class HookStages(Trap):
    """pre-commit checks changed files only, or has a hook for the whole project that nothing runs."""

    why = "a finding whose files are not touched again, or that comes with a change of the settings or a deleted file, is seen by no hook"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        config = project.pre_commit()
        hooks = {hook.said("id"): hook for _, hook in project.hooks() if hook.said("id").startswith("session-lint")}
        if config is None or not hooks:
            return
        path, tree = config
        in_ci = any(True for _ in project.workflows())
        whole = hooks.get(_WHOLE)
        changed = next((hooks[name] for name in _CHANGED if name in hooks), None)
        if whole is None and changed is not None and not in_ci:
            message = "the hook checks changed files only, and neither a hook nor a CI job checks the whole project"
            yield self.caught(project.shown(path), changed.row, message, f"hooks:\n  - id: {_WHOLE}")
        if whole is not None and whole.said("pass_filenames").lower() in ("true", "yes", "on"):
            message = f"{_WHOLE} is given the changed files, and reports on those alone"
            yield self.caught(project.shown(path), whole.row, message, "pass_filenames: false")
        if whole is not None and not in_ci and not _installed(project, tree, whole):
            message = f"{_WHOLE} runs at a push, for which `pre-commit install` installs nothing here"
            change = "default_install_hook_types: [pre-commit, pre-push]\n# then: pre-commit install"
            yield self.caught(project.shown(path), whole.row, message, change)


def _installed(project: Surroundings, tree: Node, hook: Node) -> bool:
    """Whether one of the hook's stages has its git hook, or gets it from a plain `pre-commit install`."""
    stages = {_STAGES.get(stage, stage) for stage in hook.texts("stages")} or {"pre-push"}
    types = {_STAGES.get(stage, stage) for stage in tree.texts("default_install_hook_types") or ("pre-commit",)}
    if stages & types or stages == {"manual"}:  # who chose `manual` alone runs it by hand
        return True
    folder = project.git("rev-parse", "--git-path", "hooks")
    place = project.top / folder.strip() if folder else project.top / ".git" / "hooks"
    return any("pre-commit" in (project.text(place / stage) or "") for stage in stages)
