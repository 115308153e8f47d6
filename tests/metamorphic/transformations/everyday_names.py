"""Other names for locals and parameters: words of every day."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from metamorphic.code import BUILTINS, code, found, local_names, parameters, parts, rebound_names, renamed
from metamorphic.modules import words
from metamorphic.programs import Program
from metamorphic.transformation import Transformation

_WORDS = ("value", "thing", "item", "part", "data", "other", "entry", "piece", "info", "extra", "first", "second", "left", "right")


class EverydayNames(Transformation):
    """The locals and parameters of functions and methods are called value, thing, item and so on, consistently.

    A parameter keeps its name where a call or a framework may use it: one that is given by name somewhere, or that is one
    of a decorated function or of a method of a class with bases.
    """

    fits = "functions with locals or parameters"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        every = [node for module in modules.values() for node in found(module, cst.Arg)]
        given = {arg.keyword.value for arg in every if isinstance(arg, cst.Arg) and arg.keyword is not None} | words(modules)
        return {path: module.visit(_Rename(frozenset(given))) for path, module in modules.items()}  # type: ignore[misc]


class _Rename(cst.CSTTransformer):
    def __init__(self, given: frozenset[str]) -> None:
        super().__init__()
        self.given = given
        self.owners: list[cst.ClassDef] = []

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.owners.append(node)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.owners.pop()
        return updated_node

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False  # nested functions are renamed with the one around them

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        if found(original_node, cst.Global, cst.Nonlocal, cst.ClassDef):
            return updated_node
        names = {node.value for node in found(original_node, cst.Name) if isinstance(node, cst.Name)} | BUILTINS | self.given
        free = (word for word in _endless() if word not in names)
        mine = [name for name in self._own(original_node) if name not in self.given or name in rebound_names(original_node)]
        new = {name: next(free) for name in mine}
        return renamed(updated_node, new)

    def _own(self, function: cst.FunctionDef) -> list[str]:
        """The names that can be others, in the order of the text."""
        params = {param.name.value for param in parameters(function)}
        kept = params if function.decorators or (self.owners and self.owners[-1].bases) else params & self.given
        first = function.params.params[:1] if self.owners else ()
        kept = kept | {param.name.value for param in first} | _imported(function) | _inner_parameters(function)
        names = local_names(function) - kept
        order = dict.fromkeys(node.value for node in found(function, cst.Name) if isinstance(node, cst.Name))
        return [name for name in order if name in names and not name.startswith("__")]


def _imported(function: cst.FunctionDef) -> set[str]:
    lines = [code(node) for node in found(function, cst.Import, cst.ImportFrom)]
    return {word for line in lines for word in line.replace(",", " ").split()}


def _inner_parameters(function: cst.FunctionDef) -> set[str]:
    """Parameters of nested functions: they may be given by name."""
    inner = [node for part in parts(function) for node in found(part, cst.FunctionDef)]
    return {param.name.value for node in inner if isinstance(node, cst.FunctionDef) for param in parameters(node)}


def _endless() -> Iterator[str]:
    yield from _WORDS
    number = 2
    while True:
        yield from (f"{word}_{number}" for word in _WORDS)
        number += 1
