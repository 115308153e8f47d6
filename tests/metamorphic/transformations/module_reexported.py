"""A file whose content lives in another one."""

from __future__ import annotations

from pathlib import PurePosixPath

import libcst as cst

from metamorphic.code import statement
from metamorphic.modules import dotted, own_names
from metamorphic.programs import Program
from metamorphic.transformation import Transformation


class ModuleReexported(Transformation):
    """Each file is moved to another one next to it and imports the names from there, for those who import it."""

    fits = "files that define something and are no `__init__.py`"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        new: dict[str, cst.Module] = {}
        for path, module in modules.items():
            place = PurePosixPath(path)
            beside = str(place.with_name(f"{place.stem}_parts.py"))
            names = sorted(own_names(module))
            if place.name == "__init__.py" or not place.stem.isidentifier() or not names or beside in modules:
                new[path] = module
                continue
            new[beside] = module
            new[path] = cst.Module([statement(f"from {dotted(beside)} import {', '.join(names)}\n")])
        return new
