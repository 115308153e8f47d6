"""Async functions for plain ones."""

from __future__ import annotations

import libcst as cst

from metamorphic.code import is_async, is_generator, local_names, outside_scopes
from metamorphic.modules import functions_in_reach
from metamorphic.programs import Program
from metamorphic.transformation import Transformation

Key = tuple[str, str]  # path, name


class AsyncAdded(Transformation):
    """Functions become `async def`, and are awaited wherever they are called."""

    fits = "functions without decorator that are only called, in functions that become async too or are so already"

    def rewrite(self, modules: dict[str, cst.Module], program: Program) -> dict[str, cst.Module]:
        reach = functions_in_reach(modules)
        where = {
            id(top): (path, top.name.value) for path, module in modules.items() for top in module.body if isinstance(top, cst.FunctionDef)
        }
        targets = {path: {name: where[id(function)] for name, function in names.items()} for path, names in reach.items()}
        uses = _Uses(targets)
        for path, module in modules.items():
            uses.path = path
            module.visit(uses)
        chosen = _closed(modules, uses)
        return {path: module.visit(_Add(path, targets[path], chosen)) for path, module in modules.items()}  # type: ignore[misc]


class _Uses(cst.CSTVisitor):
    """Who calls which function, and which functions are used in another way than called where it can be awaited."""

    def __init__(self, targets: dict[str, dict[str, Key]]) -> None:
        super().__init__()
        self.targets = targets
        self.path = ""
        self.around: list[Key] = []
        self.callers: dict[Key, set[Key]] = {}
        self.otherwise: set[Key] = set()
        self.called: set[int] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.around.append((self.path, node.name.value if not self.around else ""))
        return True

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:
        self.around.pop()

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.around.append((self.path, ""))  # methods stay what they are

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:
        self.around.pop()

    def visit_Lambda(self, node: cst.Lambda) -> None:
        self.around.append((self.path, ""))

    def leave_Lambda(self, original_node: cst.Lambda) -> None:
        self.around.pop()

    def visit_GeneratorExp(self, node: cst.GeneratorExp) -> None:
        self.around.append((self.path, ""))

    def leave_GeneratorExp(self, original_node: cst.GeneratorExp) -> None:
        self.around.pop()

    def visit_Call(self, node: cst.Call) -> None:
        if isinstance(node.func, cst.Name):
            self.called.add(id(node.func))
            target = self.targets[self.path].get(node.func.value)
            if target is not None:
                self.callers.setdefault(target, set()).add(self.around[-1] if self.around else (self.path, ""))

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.otherwise |= {key for names in self.targets.values() for key in names.values() if key[1] == node.attr.value}

    def visit_Name(self, node: cst.Name) -> None:
        target = self.targets[self.path].get(node.value)
        if target is not None and id(node) not in self.called:
            self.otherwise.add(target)

    def visit_FunctionDef_name(self, node: cst.FunctionDef) -> None:
        self.called.add(id(node.name))

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False


def _closed(modules: dict[str, cst.Module], uses: _Uses) -> set[Key]:
    """The largest set of functions whose callers are all in it or async already."""
    tops = [(path, top) for path, module in modules.items() for top in module.body if isinstance(top, cst.FunctionDef)]
    already = {(path, top.name.value) for path, top in tops if is_async(top)}
    chosen = {
        (path, top.name.value)
        for path, top in tops
        if not is_async(top) and not top.decorators and not is_generator(top) and (path, top.name.value) not in uses.otherwise
    }
    for path, top in tops:
        if any(isinstance(node, cst.FunctionDef) for part in top.body.body for node in outside_scopes(part)):
            chosen.discard((path, top.name.value))
        if local_names(top) & {name for _, name in chosen}:
            chosen.discard((path, top.name.value))
    while True:
        left = {key for key in chosen if uses.callers.get(key, set()) <= chosen | already}
        if left == chosen:
            return chosen
        chosen = left


class _Add(cst.CSTTransformer):
    def __init__(self, path: str, targets: dict[str, Key], chosen: set[Key]) -> None:
        super().__init__()
        self.path, self.targets, self.chosen = path, targets, chosen
        self.depth = 0

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.depth += 1

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.depth -= 1
        if self.depth or (self.path, original_node.name.value) not in self.chosen:
            return updated_node
        return updated_node.with_changes(asynchronous=cst.Asynchronous())

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        name = updated_node.func.value if isinstance(updated_node.func, cst.Name) else ""
        if self.targets.get(name) not in self.chosen:
            return updated_node
        return cst.Await(updated_node, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
