"""Other names for functions: words that say nothing."""

from __future__ import annotations

from collections import Counter

import libcst as cst

from metamorphic.code import Names, Numbers, code, found, local_names
from metamorphic.modules import words
from metamorphic.programs import Program
from metamorphic.transformation import Transformation


class FunctionsRenamed(Transformation):
    """The functions of the modules are called work_1, work_2 and so on, where they are defined, imported and called."""

    fits = "functions of a module whose name is nothing else in the program and in no text or setting"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        numbers = Numbers(program.texts)
        defined = [top.name.value for module in modules.values() for top in module.body if isinstance(top, cst.FunctionDef)]
        taken = words(modules) | {node.attr.value for module in modules.values() for node in found(module, cst.Attribute)}  # type: ignore[attr-defined]
        for module in modules.values():
            for function in found(module, cst.FunctionDef):
                assert isinstance(function, cst.FunctionDef)
                taken |= {name for name in local_names(function) if name not in _imported_inside(function)}
            for node in found(module, cst.ClassDef):
                taken |= {one.name.value for one in found(node, cst.FunctionDef) if isinstance(one, cst.FunctionDef)}
        names = [name for name, times in Counter(defined).items() if times == 1 and name not in taken and name not in program.settings]
        new = {name: numbers.next("work") for name in names}
        return {path: _renamed(module, new) for path, module in modules.items()}


def _imported_inside(function: cst.FunctionDef) -> set[str]:
    lines = [code(node) for node in found(function, cst.ImportFrom)]
    return {word for line in lines for word in line.replace(",", " ").split()}


def _renamed(module: cst.Module, new: dict[str, str]) -> cst.Module:
    changed = module.visit(Names(lambda name: name.with_changes(value=new.get(name.value, name.value)))).visit(_Imports(new))
    assert isinstance(changed, cst.Module)
    return changed


class _Imports(cst.CSTTransformer):
    def __init__(self, new: dict[str, str]) -> None:
        super().__init__()
        self.new = new

    def leave_ImportAlias(self, original_node: cst.ImportAlias, updated_node: cst.ImportAlias) -> cst.ImportAlias:
        name = updated_node.name
        return (
            updated_node.with_changes(name=cst.Name(self.new.get(name.value, name.value))) if isinstance(name, cst.Name) else updated_node
        )
