"""Annotations taken away where the value's origin shows the type."""

from __future__ import annotations

import libcst as cst

from metamorphic.code import code
from metamorphic.modules import functions_in_reach
from metamorphic.programs import Program
from metamorphic.transformation import Transformation

_PLAIN = frozenset({"int", "str", "float", "bool", "bytes", "object"})


class AnnotationRemoved(Transformation):
    """Results and local variables are not annotated, nor are parameters of built-in types.

    A parameter of another type loses its annotation when it is one of a function that every caller hands something of that
    annotation.
    """

    fits = "annotated functions and locals"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        shown = _Shown(functions_in_reach(modules))
        for path, module in modules.items():
            shown.path = path
            module.visit(shown)
        return {path: module.visit(_Remove(shown)) for path, module in modules.items()}  # type: ignore[misc]


class _Shown(cst.CSTVisitor):
    """For each function of the project: which parameters every call by name gives a parameter with the same annotation."""

    def __init__(self, reach: dict[str, dict[str, cst.FunctionDef]]) -> None:
        super().__init__()
        self.reach = reach
        self.path = ""
        self.around: list[cst.FunctionDef] = []
        self.calls: dict[int, list[set[str]]] = {}

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.around.append(node)

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self.around.pop()

    def visit_Call(self, node: cst.Call) -> None:
        function = self.reach[self.path].get(node.func.value) if isinstance(node.func, cst.Name) else None
        if function is not None:
            types = _types(self.around[-1]) if self.around else {}
            given = zip(function.params.params, node.args, strict=False)
            same = {
                param.name.value
                for param, arg in given
                if arg.keyword is None
                and not arg.star
                and isinstance(arg.value, cst.Name)
                and types.get(arg.value.value) == _types(function).get(param.name.value)
            }
            self.calls.setdefault(id(function), []).append(same)

    def of(self, function: cst.FunctionDef) -> set[str]:
        """The parameters whose type every caller shows."""
        calls = self.calls.get(id(function), [])
        return set.intersection(*calls) if calls else set()


def _types(function: cst.FunctionDef) -> dict[str, str]:
    return {param.name.value: code(param.annotation.annotation) for param in function.params.params if param.annotation is not None}


class _Remove(cst.CSTTransformer):
    def __init__(self, shown: _Shown) -> None:
        super().__init__()
        self.shown = shown
        self.depth = 0

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.depth += 1

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.depth -= 1
        if original_node.decorators:
            return updated_node  # a framework may read them
        shown = self.shown.of(original_node)
        params = [_bare(param) if _plain(param) or param.name.value in shown else param for param in updated_node.params.params]
        return updated_node.with_changes(returns=None, params=updated_node.params.with_changes(params=params))

    def leave_AnnAssign(self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign) -> cst.BaseSmallStatement:
        if not self.depth or updated_node.value is None or not isinstance(updated_node.target, cst.Name):
            return updated_node
        return cst.Assign([cst.AssignTarget(updated_node.target)], updated_node.value)


def _plain(param: cst.Param) -> bool:
    return param.annotation is not None and code(param.annotation.annotation) in _PLAIN


def _bare(param: cst.Param) -> cst.Param:
    return param.with_changes(annotation=None, equal=cst.MaybeSentinel.DEFAULT)
