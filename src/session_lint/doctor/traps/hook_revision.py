"""Trap `hook-revision`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from session_lint.doctor.trap import Trap
from session_lint.facts.trap import Caught, Mending
from session_lint.project.surroundings import Surroundings
from session_lint.version import __version__

_BRANCHES = ("main", "master", "HEAD", "stable", "develop")
_VERSION = re.compile(r"v?(\d+(?:\.\d+)+\S*)")


class HookRevision(Trap):
    """The `rev` of the hooks moves, or is another version than the one that is installed beside the project."""

    why = "the hook and the command line then say different things about the same code"

    def look(self, project: Surroundings) -> Iterator[Caught]:
        config = project.pre_commit()
        seen = set()
        for repository, hook in project.hooks():
            revision = repository.get("rev")
            if config is None or revision is None or not hook.said("id").startswith("session-lint") or revision.row in seen:
                continue
            seen.add(revision.row)
            where, version = project.shown(config[0]), _VERSION.fullmatch(revision.text)
            mending = Mending(where, f"v{__version__}", revision.row, revision.text)
            if revision.text in _BRANCHES:
                message = f"`rev: {revision.text}` is a branch: pre-commit keeps what it was when it was first installed"
                yield self.caught(where, revision.row, message, f"rev: v{__version__}", mending=mending)
            elif version is not None and version[1] != __version__:
                message = f"the hook is version {version[1]}, and {__version__} is installed"
                yield self.caught(where, revision.row, message, f"rev: v{__version__}", mending=mending)
