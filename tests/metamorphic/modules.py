"""What the modules of a program are called, and where their names come from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import libcst as cst

from metamorphic.code import code


def dotted(path: str) -> str:
    """The name by which a file is imported."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def import_lines(module: cst.Module) -> dict[str, str]:
    """Name -> the line that imports it, for the imports at the top level of a module."""
    found: dict[str, str] = {}
    for top in module.body:
        if isinstance(top, cst.SimpleStatementLine):
            for small in top.body:
                if isinstance(small, cst.Import | cst.ImportFrom):
                    found.update(_lines(code(small)))
    return found


def _lines(text: str) -> Iterator[tuple[str, str]]:
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.Import | ast.ImportFrom)
    for alias in node.names:
        bound = alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
        if alias.name != "*":
            node_alone = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)
            yield bound, ast.unparse(node_alone)


def own_names(module: cst.Module) -> frozenset[str]:
    """Names that a module binds itself at its top level, other than by imports."""
    found: set[str] = set()
    for node in ast.parse(module.code).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            found |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
    return frozenset(found)


def functions_in_reach(modules: dict[str, cst.Module]) -> dict[str, dict[str, cst.FunctionDef]]:
    """For each file the functions of the project that it can call by a bare name: its own, and those it imports from another file."""
    own = {path: _own_functions(module) for path, module in modules.items()}
    files = {dotted(path): path for path in modules}
    reach = {path: dict(functions) for path, functions in own.items()}
    for path, module in modules.items():
        for name, line in import_lines(module).items():
            (node,) = ast.parse(line).body
            if isinstance(node, ast.ImportFrom) and node.module in files and not node.level:
                function = own[files[node.module]].get(node.names[0].name)
                if function is not None:
                    reach[path][name] = function
    return reach


def _own_functions(module: cst.Module) -> dict[str, cst.FunctionDef]:
    functions = [top for top in module.body if isinstance(top, cst.FunctionDef)]
    return {function.name.value: function for function in functions}


def words(modules: dict[str, cst.Module]) -> frozenset[str]:
    """The words in the texts of the program: a name among them may be meant by its text, and is not renamed."""
    texts = [node.value for module in modules.values() for node in ast.walk(ast.parse(module.code)) if isinstance(node, ast.Constant)]
    return frozenset(word for text in texts if isinstance(text, str) for word in re.findall(r"\w+", text))
