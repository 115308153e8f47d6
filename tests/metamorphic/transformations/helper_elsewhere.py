"""A statement moved into a function of another file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import libcst as cst

from metamorphic.code import Numbers, Statement, Where, in_functions, statement, with_imports
from metamorphic.extraction import Helper, calling, extracted
from metamorphic.modules import dotted, import_lines, own_names
from metamorphic.programs import Program
from metamorphic.transformation import REPEAT, Transformation


class HelperElsewhere(Transformation):
    """Each statement that calls something is moved into a function of a new file next to its own.

    The new file imports what it needs from where the old one did, and inside the function what the old one defines.
    """

    fits = "statements of functions, and of methods where they do not use `self`"
    family = REPEAT
    why = "a look-up that is moved into a function of its own is repeated across functions"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        numbers = Numbers(program.texts)
        new: dict[str, cst.Module] = {}
        for path, module in modules.items():
            helpers: list[Helper] = []
            changed = _moved(path, module, numbers, helpers)
            if not helpers:
                new[path] = module
                continue
            place = PurePosixPath(path)
            beside = str(place.with_name(f"steps_{place.stem.strip('_')}.py"))
            new[path] = with_imports(changed, [f"from {dotted(beside)} import {', '.join(helper.name for helper in helpers)}\n"])
            new[beside] = _file(path, module, helpers)
        return new


def _moved(path: str, module: cst.Module, numbers: Numbers, helpers: list[Helper]) -> cst.Module:
    def move(where: Where, line: cst.SimpleStatementLine) -> Sequence[Statement] | None:
        helper = extracted(where, line, numbers.next("step"))
        if helper is None or helper.me:
            return None
        helpers.append(helper)
        return [calling(line, helper.call(helper.name))]

    return in_functions(path, module, move)


def _file(path: str, module: cst.Module, helpers: list[Helper]) -> cst.Module:
    imported, own = import_lines(module), own_names(module)
    body: list[Statement] = []
    lines: set[str] = set()
    types: set[str] = set()
    for helper in helpers:
        annotations = _names(helper.annotations[name] for name in helper.names if name in helper.annotations)
        lines |= {imported[name] for name in (*helper.elsewhere, *annotations) if name in imported}
        types |= annotations & own
        definition = helper.definition()
        needed = [name for name in helper.elsewhere if name in own]
        if needed:
            late = statement(f"from {dotted(path)} import {', '.join(needed)}\n")
            definition = definition.with_changes(body=cst.IndentedBlock([late, *definition.body.body]))
        body.append(definition)
    head = ["from __future__ import annotations", "from typing import TYPE_CHECKING"] if types else []
    checked = [statement(f"if TYPE_CHECKING:\n    from {dotted(path)} import {', '.join(sorted(types))}\n")] if types else []
    return cst.Module([*(statement(line) for line in (*head, *sorted(lines))), *checked, *body])


def _names(annotations: Iterable[str]) -> set[str]:
    return {node.id for text in annotations for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
