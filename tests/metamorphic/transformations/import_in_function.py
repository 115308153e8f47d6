"""Imports inside the functions that use them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from metamorphic.code import Numbers, Statement, found, statement
from metamorphic.modules import import_lines
from metamorphic.transformation import FileByFile


class ImportInFunction(FileByFile):
    """What only the bodies of functions use is imported at the start of each of them, not at the top of the file."""

    fits = "names imported by `from` that are used in bodies of functions and nowhere else"

    def rewrite_file(self, path: str, module: cst.Module, numbers: Numbers) -> cst.Module:
        lines = {name: line for name, line in import_lines(module).items() if line.startswith("from ") and "__future__" not in line}
        outside = _Outside()
        module.visit(outside)
        moved = {name: line for name, line in lines.items() if name not in outside.names and name in outside.inside}
        if path.endswith("__init__.py") or not moved:
            return module
        changed = module.visit(_Into(moved))
        assert isinstance(changed, cst.Module)
        body = [left for top in changed.body for left in _without(top, moved)]
        return changed.with_changes(body=body)


class _Outside(cst.CSTVisitor):
    """The names that are used outside of the bodies of functions: in annotations, decorators, defaults and classes too."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.inside: set[str] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        for part in (node.params, node.returns, *node.decorators):
            if part is not None:
                part.visit(self)
        self.inside |= {name.value for name in found(node.body, cst.Name) if isinstance(name, cst.Name)}
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return False

    def visit_Import(self, node: cst.Import) -> bool:
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self.names.add(node.value)


class _Into(cst.CSTTransformer):
    def __init__(self, lines: dict[str, str]) -> None:
        super().__init__()
        self.lines = lines

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        used = {name.value for name in found(original_node.body, cst.Name) if isinstance(name, cst.Name)}
        new = [statement(line) for name, line in self.lines.items() if name in used]
        if not isinstance(updated_node.body, cst.IndentedBlock):
            return updated_node
        start = 1 if original_node.get_docstring() is not None else 0
        body = [*updated_node.body.body[:start], *new, *updated_node.body.body[start:]]
        return updated_node.with_changes(body=updated_node.body.with_changes(body=body))


def _without(top: Statement, moved: dict[str, str]) -> Sequence[Statement]:
    small = top.body[0] if isinstance(top, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.ImportFrom) or isinstance(small.names, cst.ImportStar):
        return [top]
    left = [alias for alias in small.names if (alias.asname.name.value if alias.asname else alias.name.value) not in moved]  # type: ignore[union-attr]
    if len(left) == len(small.names):
        return [top]
    bare = [*left[:-1], left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)] if left else []
    return [top.with_changes(body=[small.with_changes(names=bare)])] if left else []
