"""Each codemod as a command of LibCST, for the repairs that stay in one file."""

from __future__ import annotations

from types import ModuleType

import libcst as cst
from libcst.codemod import CodemodCommand

from session_lint import api, registry
from session_lint.repair import codemods as room
from session_lint.repair.codemod import Codemod


class _Command(CodemodCommand):
    """Every finding of the codemod's rule that this one file shows by itself is repaired."""

    NAME: str

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        name = (self.context.filename or "module.py").replace("\\", "/").rsplit("/", 1)[-1]
        repaired = api.fix_source({name: tree.code}, unsafe=True, only=self.NAME)
        text = dict(repaired.texts).get(name)
        return tree if text is None else cst.parse_module(text)


def modules() -> dict[str, ModuleType]:
    """A module for each codemod, by the stem of its file, that holds its command under the name of the codemod's class."""
    made: dict[str, ModuleType] = {}
    for item in registry.discover(room, Codemod):  # type: ignore[type-abstract]
        title = type(item).__name__
        about = {"__doc__": type(item).__doc__, "__module__": __name__, "NAME": item.name, "DESCRIPTION": item.DESCRIPTION}
        command = type(title, (_Command,), about)
        globals()[title] = command  # where a worker process of the runner looks for it
        stem = item.name.replace("-", "_")
        made[stem] = ModuleType(f"{__package__}.{stem}", type(item).__doc__)
        setattr(made[stem], title, command)
    return made
